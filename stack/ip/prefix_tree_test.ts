import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IpAddress } from "../wire/address.ts";
import { headOf, type PrefixEntry, PrefixTree } from "./prefix_tree.ts";

interface Named extends PrefixEntry {
  readonly address: IpAddress;
}

function entryOf(octets: readonly number[], length: number): Named {
  const address = new IpAddress(Uint8Array.from(octets)).masked(length);
  return { address, bytes: address.bytes, head: headOf(address.bytes), length };
}

/** What a lookup must find, by looking at all of them. */
function longest(entries: Iterable<Named>, address: IpAddress): Named | undefined {
  let best: Named | undefined;
  for (const entry of entries) {
    if (address.inPrefix(entry.address, entry.length) && (best === undefined || best.length < entry.length)) {
      best = entry;
    }
  }
  return best;
}

/** Octets of few values, so that prefixes are often within one another. */
function octets(size: number): fc.Arbitrary<number[]> {
  const octet = fc.oneof(fc.constantFrom(0, 1, 128, 255), fc.integer({ min: 0, max: 255 }));
  return fc.array(octet, { minLength: size, maxLength: size });
}

for (const size of [4, 16]) {
  Deno.test(`prefix tree: the longest prefix is found, whatever was added and removed, ${size} octets`, () => {
    const prefix = fc.record({ octets: octets(size), length: fc.integer({ min: 0, max: size * 8 }) });
    const step = fc.record({ prefix, remove: fc.boolean(), probe: octets(size) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, offset) => {
        const tree = new PrefixTree<Named>();
        const there = new Map<string, Named>();
        const before = offset % 5;
        for (const { prefix: { octets, length }, remove, probe } of steps) {
          const entry = entryOf(octets, length);
          const key = `${entry.address}/${length}`;
          const known = there.get(key);
          if (known === undefined) {
            there.set(key, entry);
            tree.insert(entry);
          } else if (remove) {
            there.delete(key);
            tree.remove(known);
          }
          for (const octets of [probe, entry.bytes]) {
            const bytes = Uint8Array.from([...new Array(before).fill(9), ...octets]);
            const address = new IpAddress(bytes.slice(before));
            assertEquals(tree.lookup(bytes, before), longest(there.values(), address));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  Deno.test(`prefix tree: 20,000 prefixes, dense and sparse, ${size} octets`, () => {
    const tree = new PrefixTree<Named>();
    const byLength = new Map<string, Named>();
    let state = 12345;
    const random = () => state = Math.imul(state, 1103515245) + 12345 & 0x7fffffff;
    for (let i = 0; i < 20_000; i++) {
      const dense = i % 2 === 0;
      const bytes = Array.from({ length: size }, (_, j) => dense && j < size - 3 ? 10 : random() >> 8 & 255);
      const entry = entryOf(bytes, dense ? size * 8 - 8 + random() % 9 : 8 + random() % 17);
      const key = `${entry.address}/${entry.length}`;
      if (byLength.has(key)) continue;
      byLength.set(key, entry);
      tree.insert(entry);
    }
    const expected = (address: IpAddress) => {
      for (let length = size * 8; length >= 0; length--) {
        const found = byLength.get(`${address.masked(length)}/${length}`);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const kept: Named[] = [];
    for (const [key, entry] of [...byLength]) {
      if (random() % 3 === 0) {
        kept.push(entry);
        continue;
      }
      byLength.delete(key);
      tree.remove(entry);
    }
    for (const { bytes, address } of kept) {
      assertEquals(tree.lookup(bytes, 0), expected(address));
      const near = bytes.slice();
      near[size - 1]! ^= 1;
      assertEquals(tree.lookup(near, 0), expected(new IpAddress(near)));
    }
  });
}
