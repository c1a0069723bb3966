import { assertEquals } from "@std/assert";
import { Stack } from "../../../../stack/stack.ts";
import { CallbackDevice } from "../../../../stack/link/callback_device.ts";
import { DiskFiles } from "../disk.ts";
import { WorldFiles } from "../files.ts";
import { WorldShell } from "./world_shell.ts";
import { Jobs } from "./jobs.ts";
import { ShellTrees } from "./tree.ts";

/** What Bash 5.2 with GNU's tools prints on standard output, and its status. */
const RECORDED: readonly [command: string, output: string, status: number][] = [
  ["echo a b  'c  d'", "a b c  d\n", 0],
  ["echo -n x; echo y", "xy\n", 0],
  ["true && echo yes || echo no", "yes\n", 0],
  ["false && echo yes || echo no", "no\n", 0],
  ["! false && echo yes", "yes\n", 0],
  ["false; echo $?", "1\n", 0],
  ["exit 3; echo never", "", 3],
  [
    "echo $((15*1024*1024)) $((1+2*3)) $((0x10 << 2)) $((010)) $((16#ff)) $((-7/2)) $((-7%3)) $((2**10)) $((5>3?1:0)) $((1,2))",
    "15728640 7 64 8 255 -3 -1 1024 1 2\n",
    0,
  ],
  ["A=5; echo $A ${A}x ${B:-none} ${B-none} ${A:+set} ${B:+set}", "5 5x none none set\n", 0],
  ['X="a  b"; echo $X "$X" \'$X\'', "a b a  b $X\n", 0],
  ["echo a\\\n  b", "a b\n", 0],
  ["echo one # comment", "one\n", 0],
  ["echo a | cat | grep -c a", "1\n", 0],
  ["echo a | grep b; echo $?", "1\n", 0],
  ["if test 1 -eq 1; then echo eq; else echo ne; fi", "eq\n", 0],
  ["if [ -n '' ]; then echo full; elif [ a = a ]; then echo same; fi", "same\n", 0],
  ["for i in 1 2 3; do echo -n $i; done; echo", "123\n", 0],
  ["(echo sub; false) || { echo or; }", "sub\nor\n", 0],
  ["echo $(echo in $(echo ner)) `echo back \\`echo tick\\``", "in ner back tick\n", 0],
  ["printf '%s=%d\\n' a 5 b 6", "a=5\nb=6\n", 0],
  ["printf '%5d|%-5s|%05d|%x|%o|%.3f|%c|%%\\n' 42 ab 7 255 8 3.14159 xyz", "   42|ab   |00007|ff|10|3.142|x|%\n", 0],
  ["i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done", "0\n1\n2\n", 0],
  ["i=0; until [ $i -ge 3 ]; do i=$((i+1)); done; echo $i", "3\n", 0],
  ["case abc in a*) echo A;; *) echo other;; esac", "A\n", 0],
  ['case x in a|b) echo ab;; "x") echo x;& y) echo fall;; esac', "x\nfall\n", 0],
  ['f() { local x=1; echo "$1 $# $x"; return 4; }; x=9; f q r; echo $? $x', "q 2 1\n4 9\n", 0],
  ['function g { echo "g $*"; }; g 1 2', "g 1 2\n", 0],
  ["cat <<E\nhi $((1+1)) $(echo sub) \\$x `echo y`\nE", "hi 2 sub $x y\n", 0],
  ["cat <<'E'\nraw $x $(no)\nE", "raw $x $(no)\n", 0],
  ["cat <<-E\n\ttab\n\tE", "tab\n", 0],
  ["x=1; (x=2; echo $x); echo $x", "2\n1\n", 0],
  [
    "x=abc.def.ghi; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${#x} ${x/def/D} ${x//./-} ${x:4:3} ${x: -3} ${x^^} ${x^}",
    "abc.def abc def.ghi ghi 11 abc.D.ghi abc-def-ghi def ghi ABC.DEF.GHI Abc.def.ghi\n",
    0,
  ],
  [
    'a=(1 2 "3 4"); echo ${a[1]} ${#a[@]} "${a[@]}" ${a[-1]}; a+=(5); echo ${#a[*]}; for i in "${a[@]}"; do echo "<$i>"; done',
    "2 3 1 2 3 4 3 4\n4\n<1>\n<2>\n<3 4>\n<5>\n",
    0,
  ],
  [
    'set -- a "b c" d; echo $# "$2" "$@"; shift; echo $1; for i; do echo "[$i]"; done',
    "3 b c a b c d\nb c\n[b c]\n[d]\n",
    0,
  ],
  [
    'set -- "a b" c; for i in $@; do echo "1$i"; done; for i in "$@"; do echo "2$i"; done; echo "$*"',
    "1a\n1b\n1c\n2a b\n2c\na b c\n",
    0,
  ],
  ["[[ abc == a* && ! abc == b* ]] && echo match", "match\n", 0],
  ["[[ 10.1.2.3 =~ ^([0-9]+)\\.([0-9]+) ]] && echo ${BASH_REMATCH[2]}", "1\n", 0],
  ["[[ 5 -gt 3 || x == y ]]; echo $?", "0\n", 0],
  ["((x = 5 + 3)); echo $x; ((x == 8)) && echo eight; ((0)); echo $?", "8\neight\n1\n", 0],
  ["let y=3*4 z=y+1; echo $y $z", "12 13\n", 0],
  ['for ((i=0;i<3;i++)); do echo -n "$i "; done; echo', "0 1 2 \n", 0],
  ["while read a b; do echo \"$b-$a\"; done <<< $'1 2 3\\n4 5'", "2 3-1\n5-4\n", 0],
  ['echo "a:b:c" | while IFS=: read x y; do echo $x $y; done', "a b:c\n", 0],
  ["printf 'l1\\nl2\\n' | { read x; read y; echo $y $x; }", "l2 l1\n", 0],
  ['IFS=,; x="a,b,,c"; for i in $x; do echo "<$i>"; done', "<a>\n<b>\n<>\n<c>\n", 0],
  ["x=; echo ${x:-d} ${x-d}; unset x; echo ${x-d}; : ${x:=new}; echo $x", "d\nd\nnew\n", 0],
  ["set -e; false || true; echo still; if false; then :; fi; echo on; false; echo never", "still\non\n", 1],
  ["set -o pipefail; false | true; echo $?", "1\n", 0],
  ["true | false | true; echo $?", "0\n", 0],
  ["{ echo out; echo err >&2; } 2>/dev/null | cat", "out\n", 0],
  ["cd /tmp && pwd; cd /; pwd; cd - ; cd /no/such 2>/dev/null; echo $?", "/tmp\n/\n/tmp\n1\n", 0],
  ["export A=1; sh -c 'echo $A'; B=2; sh -c 'echo $B.'; B=3 sh -c 'echo $B'; echo $B", "1\n.\n3\n2\n", 0],
  ["sh -c 'echo $0 $1 $#' name one two", "name one 2\n", 0],
  ["eval 'x=1; echo $x'; y='echo hi'; $y", "1\nhi\n", 0],
  ["trap 'echo bye' EXIT; echo hello", "hello\nbye\n", 0],
  ["x=5; while :; do x=$((x-1)); [ $x -eq 2 ] && break; done; echo $x", "2\n", 0],
  ["echo {a,b}{1..3} x{1,2}y {single} a{b", "a1 a2 a3 b1 b2 b3 x1y x2y {single} a{b\n", 0],
  ['echo "x${novar}y" ${novar}z $novar; echo "$novar" | wc -c', "xy z\n1\n", 0],
  [
    '[ "a" = "a" -a 1 -lt 2 ]; echo $?; [ a = b -o 1 = 1 ]; echo $?; [ ! a = b ]; echo $?; [ ]; echo $?; [ "" ]; echo $?',
    "0\n0\n0\n1\n1\n",
    0,
  ],
  ["[ a -eq 1 ] 2>/dev/null; echo $?; [ 1 -eq 1 2>/dev/null; echo $?", "2\n2\n", 0],
  [
    "printf 'a b c\\nd e f\\n' | cut -d' ' -f2; echo abcdef | cut -c2-4; echo a:b:c | cut -d: -f1,3; echo nodelim | cut -d: -f2 -s",
    "b\ne\nbcd\na:c\n",
    0,
  ],
  [
    "printf '3\\n1\\n2\\n' | sort; printf '10\\n9\\n' | sort -n; printf '10\\n9\\n' | sort; printf 'b 2\\na 1\\n' | sort -k2 -r; printf 'a\\na\\nb\\n' | sort -u",
    "1\n2\n3\n9\n10\n10\n9\nb 2\na 1\na\nb\n",
    0,
  ],
  ["printf 'a\\na\\nb\\n' | uniq -c; printf 'a\\na\\nb\\n' | uniq -d", "      2 a\n      1 b\na\n", 0],
  [
    "echo hello | tr a-y b-z; echo \"a  b\" | tr -s ' '; echo a1b2 | tr -d 0-9; echo abc | tr '[:lower:]' '[:upper:]'; echo \"a,b\" | tr , '\\n'; echo a1 | tr -cd '0-9\\n'",
    "ifmmp\na b\nab\nABC\na\nb\n1\n",
    0,
  ],
  [
    "seq 3; seq 2 2 6; seq -s, 3; seq 5 -2 1; seq -w 8 10; seq 0.5 0.5 1.5",
    "1\n2\n3\n2\n4\n6\n1,2,3\n5\n3\n1\n08\n09\n10\n0.5\n1.0\n1.5\n",
    0,
  ],
  [
    "printf 'l1\\nl2\\nl3\\n' | head -n 1; printf 'l1\\nl2\\nl3\\n' | tail -1; printf 'l1\\nl2\\nl3\\n' | tail -n +2; printf 'l1\\nl2\\nl3\\n' | head -n -1; echo abc | head -c 2",
    "l1\nl3\nl2\nl3\nl1\nl2\nab",
    0,
  ],
  [
    "printf 'a b\\nc\\n' | wc; printf 'a b\\nc\\n' | wc -l; printf 'a' | wc -l; echo abc | wc -c; echo a b | wc -w",
    "      2       3       6\n2\n0\n4\n2\n",
    0,
  ],
  [
    "echo abc | sed s/b/X/; echo aaa | sed 's/a/b/2'; echo aaa | sed 's/a/b/g'; echo a.b | sed 's/\\./-/'; echo 'a/b' | sed 's|/|:|'",
    "aXc\naba\nbbb\na-b\na:b\n",
    0,
  ],
  [
    "printf '1\\n2\\n3\\n' | sed -n 2p; printf '1\\n2\\n3\\n' | sed 2d; printf '1\\n2\\n3\\n' | sed '$d'; printf '1\\n2\\n3\\n' | sed -n '/2/,$p'; printf '1\\n2\\n3\\n' | sed 1,2d",
    "2\n1\n3\n1\n2\n2\n3\n3\n",
    0,
  ],
  [
    "echo 'foo=bar' | sed -e 's/\\(.*\\)=\\(.*\\)/\\2=\\1/'; echo foo123 | sed -E 's/([a-z]+)([0-9]+)/\\2\\1/'; echo abc | sed 's/b/[&]/'; echo abc | sed 'y/abc/xyz/'",
    "bar=foo\n123foo\na[b]c\nxyz\n",
    0,
  ],
  [
    "printf 'a\\nb\\n' | sed '/a/s/$/!/'; printf 'a\\nb\\n' | sed -e 1i\\\\top -e '$aend'; printf 'a\\nb\\nc\\n' | sed 'N;s/\\n/+/'; printf 'a\\nb\\n' | sed =; printf 'a\\nb\\nc\\n' | sed -n '2{p;q}'",
    "a!\nb\ntop\na\nb\nend\na+b\nc\n1\na\n2\nb\nb\n",
    0,
  ],
  [
    "printf 'a\\nb\\nc\\n' | sed ':a;N;$!ba;s/\\n/,/g'; printf '1\\n2\\n' | sed -n '1!G;h;$p'; echo a | sed 's/x*/-/g'",
    "a,b,c\n2\n1\n-a-\n",
    0,
  ],
  [
    "echo \"a b c\" | awk '{print $2}'; echo a:b | awk -F: '{print $2}'; printf '1\\n2\\n3\\n' | awk '{s+=$1} END {print s}'; echo \"x 5\" | awk '$2 > 3 {print $1}'",
    "b\nb\n6\nx\n",
    0,
  ],
  [
    'awk \'BEGIN {printf "%d %s %.2f\\n", 3, "x", 2.5; print length("abc"), substr("hello", 2, 3), index("abc","c"), toupper("a")}\'',
    "3 x 2.50\n3 ell 3 A\n",
    0,
  ],
  ["printf 'a 1\\nb 2\\na 3\\n' | awk '{c[$1]+=$2} END {for (k in c) print k, c[k]}' | sort", "a 4\nb 2\n", 0],
  [
    "echo \"a b c\" | awk '{$2=\"X\"; print; print NF, $NF}'; printf 'x\\ny\\nz\\n' | awk 'NR==2'; printf 'x\\ny\\nz\\n' | awk '/y/{print NR\": \"$0}'; printf 'x\\ny\\nz\\n' | awk 'NR>1 && !/z/'",
    "a X c\n3 c\ny\n2: y\ny\n",
    0,
  ],
  [
    'awk \'BEGIN { n=split("a:b:c",p,":"); print n, p[3]; x="hello"; gsub(/l/,"L",x); print x; print match("foobar",/o+/), RSTART, RLENGTH; if (!("q" in p)) print "no"; i=0; while(i<3) i++; print i; do i--; while(i>0); print i; print 1==1.0, "a"<"b", 2^3, 7%3, -2 }\'',
    "3 c\nheLLo\n2 2 2\nno\n3\n0\n1 1 8 1 -2\n",
    0,
  ],
  ["awk -v x=5 'BEGIN{print x+1; exit 3} END{print \"end\"}'; echo $?", "6\nend\n3\n", 0],
  [
    'awk \'BEGIN { print "a" "b", 1 " " 2; print 1+1 "x"; print (1,2) in a; a[1]; print length(a); for (i=0;i<2;i++) for(j=0;j<2;j++) { if (j==1) continue; print i j } }\'',
    "ab 1 2\n2x\n0\n1\n00\n10\n",
    0,
  ],
  [
    "printf 'a\\n#b\\n\\nc\\n' | grep -v '^#' | grep .; echo aXb | grep -i x; echo 'a.b' | grep -F .; printf 'ab\\ncd\\n' | grep -E 'a|c' ; echo abc123 | grep -o '[0-9]*'; echo foo | grep -w foo; echo foobar | grep -cw foo",
    "a\nc\naXb\na.b\nab\ncd\n123\nfoo\n0\n",
    1,
  ],
  [
    "printf 'x\\ny\\nx\\n' | grep -n x; printf 'x\\n' | grep -x x; echo 'a+b' | grep 'a+b'; echo aab | grep 'a\\+b'; echo aab | grep -E 'a{2}b'; echo aab | grep 'a\\{2\\}b'; printf 'a\\nb\\nc\\nd\\ne\\n' | grep -A1 -e b -e e",
    "1:x\n3:x\nx\na+b\naab\naab\naab\nb\nc\n--\ne\n",
    0,
  ],
  ["basename /a/b.c .c; basename /a/b/; dirname /a/b/c; dirname x; dirname /", "b\nb\n/a/b\n.\n/\n", 0],
  [
    "echo \"$(( $(echo 3) + 2 ))\"; x=4; echo $((x*x)) $(($x+1)); y='x+1'; echo $((y)); ((x++)); echo $x; ((x+=5)); echo $x $((x--)) $x",
    "5\n16 5\n5\n5\n10 10 9\n",
    0,
  ],
  ["echo $'a\\tb\\n'; echo -e 'a\\tb'; echo 'a\\tb'; echo -e 'x\\c' ; echo", "a\tb\n\na\tb\na\\tb\nx\n", 0],
  ["command -v echo >/dev/null && echo found; type cd >/dev/null && echo yes", "found\nyes\n", 0],
  ["f() { echo $1; [ $1 -gt 0 ] && f $(($1-1)); }; f 3; echo $?", "3\n2\n1\n0\n1\n", 0],
  ["x=$(exit 3); echo $?; y=`false`; echo $?; z=$(echo a; exit 2); echo $? $z", "3\n1\n2 a\n", 0],
  ["echo a; echo b & wait; echo c", "a\nb\nc\n", 0],
  ["sleep 0.01 & p=$!; wait $p; echo $?; (exit 5) & wait $!; echo $?", "0\n5\n", 0],
  ["{ sleep 0.05; echo late; } & echo early; wait", "early\nlate\n", 0],
  [
    'echo abc | { read x; echo "got $x"; }; echo "a\\\\b" | { read -r x; echo "$x"; }; echo \'a\\b\' | { read x; echo "$x"; }',
    "got abc\na\\b\nab\n",
    0,
  ],
  [
    "printf '%s\\n' \"a b\" c; printf '%s %s\\n' 1 2 3; printf 'no newline'; echo; printf '\\x41\\101\\n'; printf '%b\\n' 'a\\tb'; printf \"%s\\n\"; printf '%d\\n' 0x1f 010",
    "a b\nc\n1 2\n3 \nno newline\nAA\na\tb\n\n31\n8\n",
    0,
  ],
  [
    "cat /no/such 2>&1 | sed 's/^cat/CAT/'; rm /no/such 2>/dev/null; echo $?; rm -f /no/such; echo $?",
    "CAT: /no/such: No such file or directory\n1\n0\n",
    0,
  ],
  ['a="x y"; b=$a; echo "$b"; c=$(echo "$a"); echo "$c"; d="$a"z; echo $d', "x y\nx y\nx yz\n", 0],
  ['x="1 2 3"; set -- $x; echo $3 $#; set --; echo $#', "3 3\n0\n", 0],
  ['echo "a b" | (read x y; echo "$y $x"); echo one two | xargs', "b a\none two\n", 0],
  ['n=5; if [ "$n" -gt 3 ] && [ "$n" -lt 10 ]; then echo between; fi; [ $n = 5 ] || echo no', "between\n", 0],
  ["echo $(printf 'a\\nb\\n'); echo \"$(printf 'a\\nb\\n\\n')\"", "a b\na\nb\n", 0],
  ['echo "nested \\"quotes\\" and \'single\'" \'and "double"\'', 'nested "quotes" and \'single\' and "double"\n', 0],
  ["printf 'a b\\n' | while read -r l; do set -- $l; echo $2; done", "b\n", 0],
  ["x=10; while ((x > 7)); do ((x--)); done; echo $x", "7\n", 0],
  ['echo ${x:-$(echo sub)} "${y:-a "quoted" b}" ${z:-\'single q\'}', "sub a quoted b single q\n", 0],
  ["f() { return; }; false; f; echo $?", "1\n", 0],
  ["true && { false; echo in; } ; echo $?", "in\n0\n", 0],
  ['id -u; [ "$(id -u)" -eq 0 ] && echo root', "0\nroot\n", 0],
  ['x=$(cat <<E\nin sub $((1+1))\nE\n); echo "$x"', "in sub 2\n", 0],
  ["cat << A; cat << B\nfirst\nA\nsecond\nB", "first\nsecond\n", 0],
  ["echo a | cat - /dev/null; cat < /dev/null; echo done", "a\ndone\n", 0],
  [
    "echo \"tr: $(echo 'HELLO World' | tr 'A-Z' 'a-z')\"; nosuchvar=${nosuchvar:-$((1+1))}; echo $nosuchvar",
    "tr: hello world\n2\n",
    0,
  ],
  ["tac <<< $'1\\n2'; rev <<< abc", "2\n1\ncba\n", 0],
];

/** What depends on the world, and what is said of faults. */
const OWN: readonly [command: string, output: string, status: number][] = [
  ["echo ${PPID} $PPID '$PPID' \"$PPID\"; echo $PACKETDRILL_PID", "1000 1000 $PPID 1000\n1000\n", 0],
  ['[ "$(uname)" = Linux ] && uname -srm', "Linux 6.18.0 x86_64\n", 0],
  ["cd /; pwd; cd -; cd /no/such; echo $?", "/\n/tmp\nsh: cd: /no/such: No such file or directory\n1\n", 0],
  ["sysctl -n net.ipv4.tcp_sack", "1\n", 0],
  ["sysctl net/ipv4/tcp_sack", "net.ipv4.tcp_sack = 1\n", 0],
  ["sysctl -w net.ipv4.tcp_sack=0", "net.ipv4.tcp_sack = 0\n", 0],
  ["sysctl -q net.ipv4.no_such_name=1 2>/dev/null", "", 1],
  ["sysctl -w net.ipv4.tcp_sack", "sysctl: command line(0): invalid syntax, continuing...\n", 1],
  ["sysctl -i net.ipv4.tcp_sack=1", "sysctl: invalid option -- 'i'\n", 1],
  ["sysctl -e -q no.such=1", "", 0],
  ["sysctl no.such", "sysctl: cannot stat /proc/sys/no/such: No such file or directory\n", 1],
  ["sysctl net.ipv4.route.flush; sysctl -N net.ipv6.icmp | wc -l", "6\n", 0],
  [
    "echo '# c\nnet.ipv4.tcp_sack = 0\n-no.such=1' > netproof.sysctl; sysctl -p netproof.sysctl; echo $?",
    "net.ipv4.tcp_sack = 0\n0\n",
    0,
  ],
  ["cat /proc/sys/net/ipv4/tcp_sack", "1\n", 0],
  ["echo 'V=1; return 7' > v; . ./v; echo $? $V; . ./none", "7 1\nsh: ./none: No such file or directory\n", 1],
  ["no_file_here/x.sh", "sh: no_file_here/x.sh: No such file or directory\n", 127],
  ["echo 'unfinished", "sh: line 1: syntax error: unterminated single quote\n", 2],
  ["echo a\necho b;; echo c", "sh: line 2: syntax error: unexpected token ';;'\n", 2],
  ["if true; then echo x", "sh: line 1: syntax error: expected 'fi' to close 'if'\n", 2],
  ["echo $(( 1 + ))", "sh: : arithmetic syntax error\n", 1],
  ["echo $((1/0)); echo never", "sh: division by 0\n", 1],
  ["set -u; echo $none; echo never", "sh: none: unbound variable\n", 1],
  ["rm none", "rm: cannot remove 'none': No such file or directory\n", 1],
  ["return 3; echo $?", "sh: return: can only `return' from a function or sourced script\n1\n", 0],
  ["mkdir -p d/e; touch d/b d/a; ls d; echo d/*; rm -r d; ls d 2>/dev/null; echo $?", "a\nb\ne\nd/a d/b d/e\n2\n", 0],
  ["date +%Y-%m; sleep 60; date +%H:%M:%S", "1970-01\n00:01:00\n", 0],
  ["printf '\\303\\244' | wc -c; echo ä", "2\nä\n", 0],
];

for (const [command, output, status] of [...RECORDED, ...OWN]) {
  Deno.test(`sh: ${JSON.stringify(command)}`, () => {
    const stack = new Stack();
    const device = new CallbackDevice({ gso_max_size: 65_536, transmit: () => {} });
    const cwd = Deno.makeTempDirSync({ prefix: "netproof-test-" });
    const files = new WorldFiles(cwd, new DiskFiles());
    const world = {
      stack,
      device,
      files,
      cwd,
      environment: {},
      flushTcpMetrics: () => {},
      nstatHistory: new Map<string, number>(),
    };
    try {
      const outcome = new WorldShell(world, new Jobs(stack), new ShellTrees()).run(command);
      assertEquals([outcome.output.replaceAll(cwd, "/tmp"), outcome.status], [output, status]);
    } finally {
      Deno.removeSync(cwd);
    }
  });
}
