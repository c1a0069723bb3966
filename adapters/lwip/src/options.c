/* The socket options that lwIP has, by Linux's numbers. */
#include "adapter.h"

#include <lwip/sockets.h>

enum { LINUX_SOL_SOCKET = 1, LINUX_TCP = 6, LINUX_IP = 0, LINUX_IPV6 = 41 };

static const struct option OPTIONS[] = {
    {LINUX_SOL_SOCKET, 2, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"},
    {LINUX_SOL_SOCKET, 3, SOL_SOCKET, SO_TYPE, "SO_TYPE"},
    {LINUX_SOL_SOCKET, 4, SOL_SOCKET, SO_ERROR, "SO_ERROR"},
    {LINUX_SOL_SOCKET, 6, SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST"},
    {LINUX_SOL_SOCKET, 8, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF"},
    {LINUX_SOL_SOCKET, 9, SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE"},
    {LINUX_SOL_SOCKET, 11, SOL_SOCKET, SO_NO_CHECK, "SO_NO_CHECK"},
    {LINUX_SOL_SOCKET, 13, SOL_SOCKET, SO_LINGER, "SO_LINGER"},
    {LINUX_SOL_SOCKET, 30, SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN"},
    {LINUX_TCP, 1, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY"},
    {LINUX_TCP, 4, IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE"},
    {LINUX_TCP, 5, IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL"},
    {LINUX_TCP, 6, IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT"},
    {LINUX_IP, 1, IPPROTO_IP, IP_TOS, "IP_TOS"},
    {LINUX_IP, 2, IPPROTO_IP, IP_TTL, "IP_TTL"},
    {LINUX_IPV6, 26, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"},
};

/* Those that scripts ask for most and lwIP does not have, for the word in the summary. */
static const struct {
  int level, option;
  const char *name;
} MISSING[] = {
    {LINUX_TCP, 2, "TCP_MAXSEG"},      {LINUX_TCP, 3, "TCP_CORK"},        {LINUX_TCP, 11, "TCP_INFO"},
    {LINUX_TCP, 12, "TCP_QUICKACK"},   {LINUX_TCP, 18, "TCP_USER_TIMEOUT"}, {LINUX_TCP, 13, "TCP_CONGESTION"},
    {LINUX_IP, 10, "IP_MTU_DISCOVER"}, {LINUX_IP, 11, "IP_RECVERR"},      {LINUX_IP, 14, "IP_MTU"},
    {LINUX_IPV6, 16, "IPV6_UNICAST_HOPS"}, {LINUX_IPV6, 67, "IPV6_TCLASS"}, {LINUX_IPV6, 24, "IPV6_MTU"},
    {LINUX_SOL_SOCKET, 7, "SO_SNDBUF"},
};

const struct option *option_find(int level, int option) {
  for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
    if (OPTIONS[i].level == level && OPTIONS[i].option == option) {
      return &OPTIONS[i];
    }
  }
  return NULL;
}

const char *option_name(int level, int option) {
  for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++) {
    if (MISSING[i].level == level && MISSING[i].option == option) {
      return MISSING[i].name;
    }
  }
  return NULL;
}
