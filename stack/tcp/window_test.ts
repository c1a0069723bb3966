import { assertEquals } from "@std/assert";
import { Stack } from "../stack.ts";
import { tcp_select_initial_window } from "./window.ts";
import { insideOldTcp } from "../tcp_old.ts";

Deno.test("window: the initial one as Linux offers it", () => {
  const tcp = insideOldTcp(new Stack({ sysctl: { "net.ipv4.tcp_rmem": "4096 131072 6291456" } }));
  assertEquals(tcp_select_initial_window(tcp, 65536, 1460, 0, true, 0), {
    rcv_wnd: 64240,
    window_clamp: 65535 * 128,
    rcv_wscale: 7,
  });
  assertEquals(tcp_select_initial_window(tcp, 65536, 1448, 0, false, 0), {
    rcv_wnd: 65160,
    window_clamp: 65535,
    rcv_wscale: 0,
  });
  assertEquals(tcp_select_initial_window(tcp, 65536, 1460, 3000, true, 0), {
    rcv_wnd: 2920,
    window_clamp: 3000,
    rcv_wscale: 0,
  });
  assertEquals(tcp_select_initial_window(tcp, 65536, 1460, 0, true, 4).rcv_wnd, 4 * 1460);
});
