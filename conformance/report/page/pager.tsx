/**
 * Long lists a page at a time: what is not shown costs nothing, and a screen reader is not led through thousands of rows.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";

/** Rows of a page. */
export const PAGE_ROWS = 50;

/** The rows of a page, and which page that is: one that is there. */
export function pageOf<T>(rows: readonly T[], page: number): { readonly rows: readonly T[]; readonly page: number } {
  const there = Math.min(page, Math.max(1, Math.ceil(rows.length / PAGE_ROWS)));
  return { rows: rows.slice((there - 1) * PAGE_ROWS, there * PAGE_ROWS), page: there };
}

interface PagerProps {
  readonly count: number;
  readonly page: number;
  /** What is listed, in the plural. */
  readonly what: string;
  readonly onPage: (page: number) => void;
}

/** Buttons from page to page. */
export function Pager({ count, page, what, onPage }: PagerProps): VNode | null {
  const pages = Math.ceil(count / PAGE_ROWS);
  if (pages < 2) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}>Previous</button>
      <span>
        page {page} of {pages}
      </span>
      <button type="button" disabled={page >= pages} onClick={() => onPage(page + 1)}>Next</button>
    </nav>
  );
}
