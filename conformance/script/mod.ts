/** packetdrill's language and netproof's superset of it: parse, check, format. */
export * from "./syntax.ts";
export {
  formatProblem,
  formatProblems,
  type Problem,
  type ProblemKind,
  ScriptError,
  type Severity,
} from "./diagnostics.ts";
export { SourceText } from "./source.ts";
export { type ParseOptions, type ParseResult, parseScript, parseScriptWithWarnings } from "./parser.ts";
export {
  type ConfigLayers,
  OptionError,
  OPTIONS,
  type OptionSchema,
  type OptionSpec,
  resolveConfig,
  type ScriptConfig,
} from "./options.ts";
export { symbolValue } from "./symbols.ts";
export { icmpCode, icmpCodeName, icmpType, icmpTypeName } from "./icmp_names.ts";
export { IP_VERSIONS, type Variant, VARIANTS, variantsOf } from "./variants.ts";
export { encodeTcpOption, encodeTcpOptions } from "./tcp_options.ts";
export { parseIpv4, parseIpv6 } from "./inet_address.ts";
export { checkScript, transportLength } from "./check.ts";
