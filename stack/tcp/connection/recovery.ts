/**
 * Makes a connection's loss recovery.
 *
 * @module
 */
import { congestionByName } from "../congestion/registry.ts";
import type { TcpContext } from "../context.ts";
import type { Path } from "../path.ts";
import type { LossRecovery, RecoveryHost } from "../recovery/interface.ts";
import { Recovery } from "../recovery/recovery.ts";
import type { TcpSettings } from "../settings.ts";

/** Recovery for `host`, with the congestion control that the program, the route or the stack names. */
export function makeRecovery(context: TcpContext, settings: TcpSettings, host: RecoveryHost, path: Path): LossRecovery {
  const route = path.route();
  const ofRoute = typeof route === "number" ? undefined : route.metrics.cc_algo;
  const name = settings.congestion || ofRoute || context.config.congestion_control.text;
  const congestion = congestionByName(name, context.deviations) ?? congestionByName("reno", context.deviations);
  if (congestion === undefined) throw new RangeError(`no congestion control is called "${name}"`);
  return new Recovery({
    net: context.net,
    host,
    congestion,
    deviations: context.deviations,
    settings: context.recoverySettings,
  });
}
