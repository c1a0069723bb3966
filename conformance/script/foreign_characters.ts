/** Characters outside ASCII that get into scripts by editors and web pages, named as what they are. */

/** A character and what to do about it. */
export interface ForeignCharacter {
  /** In words. */
  readonly name: string;
  /** What to write in its place. */
  readonly remedy: string;
}

/** Code points with the name and what they are taken for; "" is nothing. */
const LOOKALIKES: ReadonlyMap<number, readonly [name: string, meant: string]> = new Map([
  [0x7f, ["delete", ""]],
  [0x85, ["next line", "a line end"]],
  [0xa0, ["no-break space", "a space"]],
  [0xad, ["soft hyphen", ""]],
  [0x200b, ["zero width space", ""]],
  [0x200c, ["zero width non-joiner", ""]],
  [0x200d, ["zero width joiner", ""]],
  [0x200e, ["left-to-right mark", ""]],
  [0x200f, ["right-to-left mark", ""]],
  [0x2010, ["hyphen", "-"]],
  [0x2011, ["no-break hyphen", "-"]],
  [0x2013, ["en dash", "-"]],
  [0x2014, ["em dash", "-"]],
  [0x2018, ["left single quotation mark", "`"]],
  [0x2019, ["right single quotation mark", "`"]],
  [0x201c, ["left double quotation mark", '"']],
  [0x201d, ["right double quotation mark", '"']],
  [0x2026, ["ellipsis", "..."]],
  [0x2028, ["line separator", "a line end"]],
  [0x2029, ["paragraph separator", "a line end"]],
  [0x202f, ["narrow no-break space", "a space"]],
  [0x2060, ["word joiner", ""]],
  [0x2212, ["minus sign", "-"]],
  [0x2264, ["less-than or equal to", "<="]],
  [0x2265, ["greater-than or equal to", ">="]],
  [0x3000, ["ideographic space", "a space"]],
  [0xfeff, ["byte order mark", ""]],
  [0xfffd, ["octets that are no UTF-8", ""]],
]);

/** What a character outside ASCII is, as far as it is one that is met. */
export function foreignCharacter(code: number): ForeignCharacter {
  const [name, meant] = LOOKALIKES.get(code) ?? spaceOr(code);
  if (meant === undefined) return { name, remedy: "leave it out, or put it into a comment or a string" };
  return { name, remedy: meant === "" ? "remove it" : `write ${meant.length > 3 ? meant : `'${meant}'`} in its place` };
}

function spaceOr(code: number): readonly [name: string, meant: string | undefined] {
  if (code >= 0x2000 && code <= 0x200a) return ["space of another width", "a space"];
  return [`'${String.fromCodePoint(code)}'`, undefined];
}
