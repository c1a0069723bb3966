/* One stack on one device, in a process of its own. */
#include "adapter.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <lwip/ip4_addr.h>
#include <lwip/ip6_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/stats.h>
#include <lwip/tcpip.h>

#define LARGEST_PACKET 65535
/* A call that waits is tried again after each packet, and this often for what lwIP's timers do. */
#define TRY_MS 2

static struct {
  struct netif netif;
  int tun, channel;
  uint16_t mtu;
  struct call *waiting;
  uint8_t packet[LARGEST_PACKET];
} world;

/* Answers -------------------------------------------------------------------------------------------------------- */

static void say(double id, cJSON *message) {
  char *body = cJSON_PrintUnformatted(message);
  cJSON_Delete(message);
  if (body == NULL) {
    _exit(1);
  }
  size_t room = strlen(body) + 48;
  char *line = malloc(room);
  if (line == NULL) {
    _exit(1);
  }
  /* The id comes first: whoever passes the line on looks for it there. */
  int length = snprintf(line, room, "{\"id\":%.0f,%s\n", id, body + 1);
  if (!write_all(world.channel, line, (size_t)length)) {
    _exit(0);
  }
  free(line);
  free(body);
}

static cJSON *message(const char *type) {
  cJSON *made = cJSON_CreateObject();
  cJSON_AddStringToObject(made, "type", type);
  return made;
}

static void refuse(double id, const char *words, bool unsupported) {
  cJSON *made = message("error");
  cJSON_AddStringToObject(made, "message", words);
  cJSON_AddBoolToObject(made, "unsupported", unsupported);
  say(id, made);
}

static void returned(double id, cJSON *outcome) {
  cJSON *made = message("returned");
  cJSON_AddNumberToObject(made, "time_us", (double)realtime_us());
  cJSON_AddItemToObject(made, "outcome", outcome);
  say(id, made);
}

static void call_free(struct call *call) {
  cJSON_Delete(call->message);
  free(call);
}

static void call_answer(struct call *call, int what) {
  const cJSON *name = cJSON_GetObjectItemCaseSensitive(call->request, "name");
  if (what == CALL_RETURNED) {
    returned(call->id, call->outcome);
  } else {
    char words[256];
    snprintf(words, sizeof words, "%s: %s", cJSON_IsString(name) ? name->valuestring : "call", call->words);
    refuse(call->id, words, what == CALL_UNSUPPORTED);
  }
  call_free(call);
}

/* The device ----------------------------------------------------------------------------------------------------- */

static err_t send_packet(struct pbuf *p) {
  static uint8_t packet[LARGEST_PACKET];
  u16_t length = pbuf_copy_partial(p, packet, sizeof packet, 0);
  /* What the device does not take is lost, as on a wire. */
  return write(world.tun, packet, length) < 0 ? ERR_IF : ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to) {
  (void)netif, (void)to;
  return send_packet(p);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to) {
  (void)netif, (void)to;
  return send_packet(p);
}

static err_t netif_start(struct netif *netif) {
  netif->name[0] = 't';
  netif->name[1] = 'n';
  netif->output = output4;
  netif->output_ip6 = output6;
  netif->mtu = world.mtu;
  netif->mtu6 = world.mtu;
  return ERR_OK;
}

/* Takes in what is on the device. */
static void collect(void) {
  ssize_t length;
  while ((length = read(world.tun, world.packet, sizeof world.packet)) > 0) {
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_POOL);
    if (p == NULL) {
      continue;
    }
    pbuf_take(p, world.packet, (u16_t)length);
    if (world.netif.input(p, &world.netif) != ERR_OK) {
      pbuf_free(p);
    }
  }
}

static void nothing(void *ignored) { (void)ignored; }

/* What this thread did under the core lock may have started a timer: lwIP's thread, which sleeps until the timers that
 * it knew of, is to look again. */
static void wake(void) { (void)tcpip_try_callback(nothing, NULL); }

static void try_again(void) {
  struct call *calls = world.waiting;
  struct call **last = &world.waiting;
  world.waiting = NULL;
  while (calls != NULL) {
    struct call *call = calls;
    calls = call->next;
    call->next = NULL;
    int what = call_attempt(call);
    if (what == CALL_BLOCKS) {
      *last = call;
      last = &call->next;
    } else {
      call_answer(call, what);
    }
  }
}

/* Requests ------------------------------------------------------------------------------------------------------- */

static const char *text(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsString(item) ? item->valuestring : NULL;
}

static int number(const cJSON *object, const char *name, int otherwise) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNumber(item) ? item->valueint : otherwise;
}

/* Gives the interface its address and its gateway; what is wrong, or NULL. */
static const char *configure(const cJSON *request) {
  const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(request, "addresses"), *item;
  ip4_addr_t address4 = {0}, mask = {0}, gateway = {0};
  const cJSON *route = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(request, "routes"), 0);
  if (text(route, "gateway") != NULL && strchr(text(route, "gateway"), ':') == NULL) {
    ip4addr_aton(text(route, "gateway"), &gateway);
  }
  cJSON_ArrayForEach(item, addresses) {
    ip6_addr_t address6;
    const char *said = text(item, "address");
    int length = number(item, "prefix_length", -1);
    if (said == NULL) {
      return "an address that is not a string";
    }
    if (strchr(said, ':') == NULL) {
      if (!ip4addr_aton(said, &address4) || length < 0 || length > 32) {
        return "not an IPv4 prefix";
      }
      mask.addr = length == 0 ? 0 : lwip_htonl(~0u << (32 - length));
      netif_set_addr(&world.netif, &address4, &mask, &gateway);
    } else {
      s8_t index;
      if (!ip6addr_aton(said, &address6)) {
        return "not an IPv6 address";
      }
      ip6_addr_assign_zone(&address6, IP6_UNICAST, &world.netif);
      if (netif_add_ip6_address(&world.netif, &address6, &index) != ERR_OK) {
        return "too many addresses";
      }
      netif_ip6_addr_set_state(&world.netif, index, IP6_ADDR_PREFERRED);
    }
  }
  return NULL;
}

/* The answer to `open`; false where there is no world. */
static bool open_world(double id, const cJSON *request) {
  const char *netns = text(request, "netns"), *device = text(request, "device");
  int mtu = number(request, "mtu", 1500);
  if (netns == NULL || device == NULL || mtu < 68 || mtu > LARGEST_PACKET) {
    refuse(id, "open: no namespace, no device, or an MTU that can't be", false);
    return false;
  }
  if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(request, "addresses")) == 0) {
    refuse(id, "a stack that takes any destination for its own: lwIP has none", true);
    return false;
  }
  world.tun = tun_open(netns, device);
  if (world.tun < 0) {
    char words[128];
    snprintf(words, sizeof words, "the device: %s", strerror(errno));
    refuse(id, words, false);
    return false;
  }
  world.mtu = (uint16_t)mtu;
  unsigned seed = 1;
  if (getrandom(&seed, sizeof seed, 0) < 0) {
    seed = (unsigned)monotonic_us();
  }
  srand(seed);
  tcpip_init(NULL, NULL);
  LOCK_TCPIP_CORE();
  netif_add(&world.netif, NULL, NULL, NULL, NULL, netif_start, tcpip_input);
  const char *problem = configure(request);
  netif_set_default(&world.netif);
  netif_set_up(&world.netif);
  netif_set_link_up(&world.netif);
  UNLOCK_TCPIP_CORE();
  if (problem != NULL) {
    refuse(id, problem, false);
    return false;
  }
  say(id, message("opened"));
  return true;
}

static void counters(double id) {
  cJSON *made = message("counters"), *list = cJSON_AddObjectToObject(made, "counters");
  LOCK_TCPIP_CORE();
  struct stats_mib2 mib = lwip_stats.mib2;
  UNLOCK_TCPIP_CORE();
#define COUNTER(name, member) cJSON_AddNumberToObject(list, name, mib.member)
  COUNTER("Tcp.ActiveOpens", tcpactiveopens);
  COUNTER("Tcp.PassiveOpens", tcppassiveopens);
  COUNTER("Tcp.AttemptFails", tcpattemptfails);
  COUNTER("Tcp.EstabResets", tcpestabresets);
  COUNTER("Tcp.OutSegs", tcpoutsegs);
  COUNTER("Tcp.RetransSegs", tcpretranssegs);
  COUNTER("Tcp.InSegs", tcpinsegs);
  COUNTER("Tcp.InErrs", tcpinerrs);
  COUNTER("Tcp.OutRsts", tcpoutrsts);
  /* lwIP counts the packets of both families in one place: by IPv4's names where it has no IPv6 address. */
  if (!ip4_addr_isany(netif_ip4_addr(&world.netif))) {
    COUNTER("Ip.InReceives", ipinreceives);
    COUNTER("Ip.InHdrErrors", ipinhdrerrors);
    COUNTER("Ip.InAddrErrors", ipinaddrerrors);
    COUNTER("Ip.InUnknownProtos", ipinunknownprotos);
    COUNTER("Ip.InDiscards", ipindiscards);
    COUNTER("Ip.InDelivers", ipindelivers);
    COUNTER("Ip.OutRequests", ipoutrequests);
    COUNTER("Ip.OutDiscards", ipoutdiscards);
    COUNTER("Ip.OutNoRoutes", ipoutnoroutes);
    COUNTER("Ip.ReasmReqds", ipreasmreqds);
    COUNTER("Ip.ReasmOKs", ipreasmoks);
    COUNTER("Ip.ReasmFails", ipreasmfails);
    COUNTER("Udp.InDatagrams", udpindatagrams);
    COUNTER("Udp.NoPorts", udpnoports);
    COUNTER("Udp.InErrors", udpinerrors);
    COUNTER("Udp.OutDatagrams", udpoutdatagrams);
    COUNTER("Icmp.InMsgs", icmpinmsgs);
    COUNTER("Icmp.InErrors", icmpinerrors);
    COUNTER("Icmp.InEchos", icmpinechos);
    COUNTER("Icmp.OutMsgs", icmpoutmsgs);
    COUNTER("Icmp.OutEchoReps", icmpoutechoreps);
    COUNTER("Icmp.OutDestUnreachs", icmpoutdestunreachs);
  }
#undef COUNTER
  say(id, made);
}

static void start_call(double id, cJSON *request) {
  struct call *call = calloc(1, sizeof *call);
  if (call == NULL) {
    _exit(1);
  }
  call->id = id;
  call->message = request;
  call->request = cJSON_GetObjectItemCaseSensitive(request, "request");
  if (!cJSON_IsObject(call->request)) {
    refuse(id, "a call without a request", false);
    call_free(call);
    return;
  }
  collect();
  int what = call_attempt(call);
  if (what != CALL_BLOCKS) {
    call_answer(call, what);
    return;
  }
  say(id, message("blocked"));
  struct call **last = &world.waiting;
  while (*last != NULL) {
    last = &(*last)->next;
  }
  *last = call;
}

static void close_world(double id) {
  while (world.waiting != NULL) {
    struct call *call = world.waiting;
    world.waiting = call->next;
    call->outcome = cJSON_CreateObject();
    cJSON_AddNumberToObject(call->outcome, "result", -1);
    cJSON_AddNumberToObject(call->outcome, "errno", EINTR);
    call_answer(call, CALL_RETURNED);
  }
  close(world.tun);
  say(id, message("closed"));
  _exit(0);
}

static void request(char *line) {
  cJSON *parsed = cJSON_Parse(line);
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(parsed, "id");
  const char *type = text(parsed, "type");
  if (!cJSON_IsNumber(id) || type == NULL) {
    fprintf(stderr, "netproof-lwip: a request without id or type\n");
    _exit(1);
  }
  if (strcmp(type, "call") == 0) {
    start_call(id->valuedouble, parsed);
    return;
  }
  if (strcmp(type, "counters") == 0) {
    collect();
    counters(id->valuedouble);
  } else if (strcmp(type, "command") == 0) {
    refuse(id->valuedouble, "commands: lwIP is set up when it is built", true);
  } else if (strcmp(type, "close") == 0) {
    close_world(id->valuedouble);
  } else {
    refuse(id->valuedouble, "no request of this protocol", false);
  }
  cJSON_Delete(parsed);
}

_Noreturn void world_run(int channel, char *open_request) {
  world.channel = channel;
  world.tun = -1;
  cJSON *parsed = cJSON_Parse(open_request);
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(parsed, "id");
  if (!cJSON_IsNumber(id) || !open_world(id->valuedouble, parsed)) {
    _exit(0);
  }
  cJSON_Delete(parsed);
  struct lines lines = {.fd = channel};
  for (;;) {
    struct pollfd watched[2] = {{.fd = channel, .events = POLLIN}, {.fd = world.tun, .events = POLLIN}};
    if (poll(watched, 2, world.waiting == NULL ? -1 : TRY_MS) < 0 && errno != EINTR) {
      _exit(1);
    }
    if (watched[1].revents != 0) {
      collect();
    }
    if (watched[0].revents != 0) {
      if (lines_read(&lines) <= 0) {
        _exit(0);
      }
      size_t at = 0;
      for (char *line; (line = lines_next(&lines, &at)) != NULL;) {
        request(line);
      }
      lines_drop(&lines, at);
    }
    try_again();
    if (watched[0].revents != 0 || watched[1].revents != 0) {
      wake();
    }
  }
}
