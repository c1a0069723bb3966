/**
 * Ending what commands left running and what left their process group, in the shell that is the ancestor of them all.
 *
 * @module
 */

/** How often the shell looks for children at most: what is killed takes a moment, and leaves its own children to it. */
const ROUNDS = 5000;
/** How often in a row it has to find none. */
const CALM = 5;

/**
 * Shell code that defines `sweep`: kills every child of the shell, and what these leave to it, but not the subshell that
 * runs it. In words of the shell alone, for a machine without programs. Dead ones that nobody has asked about stay listed,
 * and the list may lack one while another ends: it has to be empty several times.
 */
export const SWEEP = `sweep() {
read -r self _ </proc/self/stat; round=0; calm=0
while [ $calm -lt ${CALM} ] && [ $round -lt ${ROUNDS} ]; do
calm=$((calm+1)); round=$((round+1)); children=; read -r children </proc/$$/task/$$/children
for child in $children; do
[ "$child" = "$self" ] && continue
stat=; read -r stat </proc/$child/stat
case "\${stat##*) }" in Z*|X*|"") ;; *) calm=0; kill -KILL "$child" ;; esac
done; done
} 2>/dev/null
`;
