/**
 * The documents of the catalogue, by their numbers.
 *
 * @module
 */
import rfc768 from "./documents/rfc768.json" with { type: "json" };
import rfc791 from "./documents/rfc791.json" with { type: "json" };
import rfc792 from "./documents/rfc792.json" with { type: "json" };
import rfc815 from "./documents/rfc815.json" with { type: "json" };
import rfc826 from "./documents/rfc826.json" with { type: "json" };
import rfc1112 from "./documents/rfc1112.json" with { type: "json" };
import rfc1122Ip from "./documents/rfc1122-ip.json" with { type: "json" };
import rfc1122Udp from "./documents/rfc1122-udp.json" with { type: "json" };
import rfc1191 from "./documents/rfc1191.json" with { type: "json" };
import rfc1337 from "./documents/rfc1337.json" with { type: "json" };
import rfc1812 from "./documents/rfc1812.json" with { type: "json" };
import rfc2018 from "./documents/rfc2018.json" with { type: "json" };
import rfc2464 from "./documents/rfc2464.json" with { type: "json" };
import rfc2474 from "./documents/rfc2474.json" with { type: "json" };
import rfc2710 from "./documents/rfc2710.json" with { type: "json" };
import rfc2883 from "./documents/rfc2883.json" with { type: "json" };
import rfc3042 from "./documents/rfc3042.json" with { type: "json" };
import rfc3168 from "./documents/rfc3168.json" with { type: "json" };
import rfc4443 from "./documents/rfc4443.json" with { type: "json" };
import rfc4861 from "./documents/rfc4861.json" with { type: "json" };
import rfc4862 from "./documents/rfc4862.json" with { type: "json" };
import rfc5227 from "./documents/rfc5227.json" with { type: "json" };
import rfc5482 from "./documents/rfc5482.json" with { type: "json" };
import rfc5681 from "./documents/rfc5681.json" with { type: "json" };
import rfc5682 from "./documents/rfc5682.json" with { type: "json" };
import rfc5722 from "./documents/rfc5722.json" with { type: "json" };
import rfc5961 from "./documents/rfc5961.json" with { type: "json" };
import rfc6191 from "./documents/rfc6191.json" with { type: "json" };
import rfc6298 from "./documents/rfc6298.json" with { type: "json" };
import rfc6437 from "./documents/rfc6437.json" with { type: "json" };
import rfc6528 from "./documents/rfc6528.json" with { type: "json" };
import rfc6582 from "./documents/rfc6582.json" with { type: "json" };
import rfc6675 from "./documents/rfc6675.json" with { type: "json" };
import rfc6724 from "./documents/rfc6724.json" with { type: "json" };
import rfc6864 from "./documents/rfc6864.json" with { type: "json" };
import rfc6928 from "./documents/rfc6928.json" with { type: "json" };
import rfc6946 from "./documents/rfc6946.json" with { type: "json" };
import rfc7112 from "./documents/rfc7112.json" with { type: "json" };
import rfc7217 from "./documents/rfc7217.json" with { type: "json" };
import rfc7323 from "./documents/rfc7323.json" with { type: "json" };
import rfc7413 from "./documents/rfc7413.json" with { type: "json" };
import rfc7559 from "./documents/rfc7559.json" with { type: "json" };
import rfc8085 from "./documents/rfc8085.json" with { type: "json" };
import rfc8200 from "./documents/rfc8200.json" with { type: "json" };
import rfc8201 from "./documents/rfc8201.json" with { type: "json" };
import rfc8899 from "./documents/rfc8899.json" with { type: "json" };
import rfc8985 from "./documents/rfc8985.json" with { type: "json" };
import rfc9293 from "./documents/rfc9293.json" with { type: "json" };
import rfc9438 from "./documents/rfc9438.json" with { type: "json" };
import rfc9776 from "./documents/rfc9776.json" with { type: "json" };
import rfc9777 from "./documents/rfc9777.json" with { type: "json" };
import rfc9937 from "./documents/rfc9937.json" with { type: "json" };

/** As they stand in their files. */
export const DOCUMENTS: readonly unknown[] = [
  rfc768,
  rfc791,
  rfc792,
  rfc815,
  rfc826,
  rfc1112,
  rfc1122Ip,
  rfc1122Udp,
  rfc1191,
  rfc1337,
  rfc1812,
  rfc2018,
  rfc2464,
  rfc2474,
  rfc2710,
  rfc2883,
  rfc3042,
  rfc3168,
  rfc4443,
  rfc4861,
  rfc4862,
  rfc5227,
  rfc5482,
  rfc5681,
  rfc5682,
  rfc5722,
  rfc5961,
  rfc6191,
  rfc6298,
  rfc6437,
  rfc6528,
  rfc6582,
  rfc6675,
  rfc6724,
  rfc6864,
  rfc6928,
  rfc6946,
  rfc7112,
  rfc7217,
  rfc7323,
  rfc7413,
  rfc7559,
  rfc8085,
  rfc8200,
  rfc8201,
  rfc8899,
  rfc8985,
  rfc9293,
  rfc9438,
  rfc9776,
  rfc9777,
  rfc9937,
];
