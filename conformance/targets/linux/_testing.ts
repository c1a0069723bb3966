/** Kernels for tests: programs that misbehave as a kernel may, and a real one where there is one. */

import { builtKernel } from "./built.ts";
import { NEEDED_OPTIONS } from "./image.ts";

/** What a kernel that has everything says of its configuration. */
export const CONFIG: string = NEEDED_OPTIONS.map((name) => `CONFIG_${name}=y`).join("\n");

/** A shell script that answers as a kernel does, and does `boot` when it is booted: `$folder` is the shared folder. */
export function fakeKernel(boot: string): string {
  return `#!/bin/sh
case $1 in
  --version) echo 9.8.7-test; exit ;;
  --showconfig) cat <<'EOF'
${CONFIG}
EOF
    exit ;;
esac
for each; do case $each in uml_dir=*) folder=\${each#uml_dir=} ;; esac; done
tell() { printf '%s\\n' "$1" >>"$folder/events.jsonl"; }
ready() { tell '{"type":"ready"}'; }
begin() { tell '{"type":"begin","run":'$1'}'; }
pass() { tell '{"type":"result","run":'$1',"result":{"script":"'$2'","variant":"ipv4","target":"fake","verdict":"pass","duration_us":1,"message":""}}'; }
${boot}
`;
}

/** Writes a program into a new folder, does something with it, and takes the folder away. */
export async function withProgram(text: string, use: (path: string) => Promise<void>, mode = 0o755): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-fake-" });
  try {
    await Deno.writeTextFile(`${folder}/kernel`, text, { mode });
    await Deno.chmod(`${folder}/kernel`, mode);
    await use(`${folder}/kernel`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** For `needing`: what to say where there is no such kernel. */
export const NEEDS_KERNEL: { readonly missing: string | undefined } = {
  missing: builtKernel() === undefined
    ? "a Linux built for user mode: ci/linux/build.sh, or NETPROOF_LINUX"
    : undefined,
};
