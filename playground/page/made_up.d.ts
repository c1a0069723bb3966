/** What the build makes up. */
declare module "made-up:worker" {
  /** The worker's program. */
  const program: string;
  export default program;
}
