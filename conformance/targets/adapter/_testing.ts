/** Adapters in a few lines of shell, for tests: a stack without packets whose calls all succeed, but for one thing. */

/** Functions of these adapters. `serve TYPE` serves all requests, but calls `misbehave` for those of that type. */
const SERVE = `
ok() {
  case $1 in *'"name":"socket"'*) r=3 ;; *'"name":"write"'*) r=8 ;; *) r=0 ;; esac
  echo "{\\"id\\":$id,\\"type\\":\\"returned\\",\\"outcome\\":{\\"result\\":$r}}"
}
serve() {
  while read -r line; do
    id=\${line#*\\"id\\":}
    id=\${id%%[,\\}]*}
    case $line in
      *"\\"type\\":\\"$1\\""*) misbehave "$line" ;;
      *'"type":"hello"'*) echo "{\\"id\\":$id,\\"type\\":\\"hello\\",\\"protocol\\":1,\\"stack\\":\\"shell\\"}" ;;
      *'"type":"open"'*) echo "{\\"id\\":$id,\\"type\\":\\"opened\\"}" ;;
      *'"type":"close"'*) echo "{\\"id\\":$id,\\"type\\":\\"closed\\"}" ;;
      *'"type":"call"'*) ok "$line" ;;
    esac
  done
}
`;

/** The program of an adapter that does `misbehave` (shell code; `$id` is the request's) instead of answering `type`. */
export function shellAdapter(type: string, misbehave: string): string {
  return `${SERVE}misbehave() {\n${misbehave}\n}\nserve ${type}\n`;
}

/** Shell code that answers with `reply`, whose `id` is filled in. */
export function answering(reply: Readonly<Record<string, unknown>>): string {
  const rest = JSON.stringify(reply).slice(1).replaceAll("'", `'\\''`);
  return `printf '{"id":%s,%s\\n' "$id" '${rest}'`;
}
