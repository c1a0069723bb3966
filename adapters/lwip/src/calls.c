/* Linux's socket calls as lwIP's. All of lwIP's sockets are non-blocking; a call that has to wait is tried again. */
#include "adapter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/sockets.h>

#define DESCRIPTORS (LWIP_SOCKET_OFFSET + MEMP_NUM_NETCONN)
#define MOST_POLLED 64
#define LARGEST_READ (1 << 20)

enum {
  LINUX_O_RDWR = 2,
  LINUX_O_NONBLOCK = 04000,
  LINUX_SOCK_NONBLOCK = 04000,
  LINUX_F_GETFL = 3,
  LINUX_F_SETFL = 4,
  LINUX_FIONREAD = 0x541b,
  LINUX_MSG_PEEK = 0x2,
  LINUX_MSG_TRUNC = 0x20,
  LINUX_MSG_DONTWAIT = 0x40,
  LINUX_MSG_NOSIGNAL = 0x4000,
  LINUX_MSG_MORE = 0x8000,
};

/* Of a descriptor: what Linux's API has and lwIP's sockets don't keep for us. */
static struct {
  bool nonblocking, connecting;
  int family;
} files[DESCRIPTORS];

/* The call's fields ---------------------------------------------------------------------------------------------- */

static int unsupported(struct call *call, const char *words) {
  snprintf(call->words, sizeof call->words, "%s", words);
  return CALL_UNSUPPORTED;
}

static int nonsense(struct call *call, const char *words) {
  snprintf(call->words, sizeof call->words, "%s", words);
  return CALL_NONSENSE;
}

static const cJSON *field(const struct call *call, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(call->request, name);
}

static int integer(const struct call *call, const char *name) {
  const cJSON *item = field(call, name);
  return cJSON_IsNumber(item) ? item->valueint : -1;
}

static bool is_known(int fd) { return fd >= LWIP_SOCKET_OFFSET && fd < DESCRIPTORS; }
static bool nonblocking(int fd) { return !is_known(fd) || files[fd].nonblocking; }

/* Octets that go in; *octets is to be freed. CALL_RETURNED: they are there. */
static int octets_of(struct call *call, const cJSON *item, uint8_t **octets, size_t *length) {
  *octets = NULL;
  *length = 0;
  if (!cJSON_IsString(item)) {
    return unsupported(call, "a null pointer");
  }
  *octets = base64_decode(item->valuestring, length);
  return *octets == NULL ? nonsense(call, "not base64") : CALL_RETURNED;
}

/* As octets_of, as many as the field `said` tells. */
static int octets_said(struct call *call, const char *name, const char *said, uint8_t **octets, size_t *length) {
  int most = integer(call, said);
  if (most < 0) {
    return unsupported(call, "a negative length");
  }
  if (cJSON_IsNull(field(call, name)) && most == 0) {
    *octets = calloc(1, 1);
    *length = 0;
    return CALL_RETURNED;
  }
  int what = octets_of(call, field(call, name), octets, length);
  if (what != CALL_RETURNED) {
    return what;
  }
  if (*length < (size_t)most) {
    free(*octets);
    return unsupported(call, "a length past the end of what it is given with");
  }
  *length = (size_t)most;
  return CALL_RETURNED;
}

/* A list of buffers, one after the other. */
static int gather(struct call *call, uint8_t **octets, size_t *length) {
  const cJSON *item;
  *octets = malloc(1);
  *length = 0;
  cJSON_ArrayForEach(item, field(call, "data")) {
    uint8_t *part;
    size_t more;
    int what = octets_of(call, item, &part, &more);
    if (what != CALL_RETURNED) {
      free(*octets);
      return what;
    }
    uint8_t *all = realloc(*octets, *length + more + 1);
    if (all == NULL) {
      abort();
    }
    memcpy(all + *length, part, more);
    free(part);
    *octets = all;
    *length += more;
  }
  return CALL_RETURNED;
}

/* What came of it ------------------------------------------------------------------------------------------------ */

static int done(struct call *call, long result) {
  call->outcome = cJSON_CreateObject();
  cJSON_AddNumberToObject(call->outcome, "result", result < 0 ? -1 : (double)result);
  cJSON_AddNumberToObject(call->outcome, "errno", result < 0 ? errno : 0);
  return CALL_RETURNED;
}

static int failed(struct call *call, int number) {
  errno = number;
  return done(call, -1);
}

static void add_octets(struct call *call, const char *name, const void *octets, size_t length) {
  char *text = base64_encode(octets, length);
  cJSON_AddStringToObject(call->outcome, name, text);
  free(text);
}

/* A sockaddr of lwIP has its length in the first octet, where Linux has the first of two octets of the family. */
static void add_address(struct call *call, struct sockaddr_storage *from, size_t length) {
  uint8_t octets[sizeof *from];
  if (length > sizeof octets) {
    length = sizeof octets;
  }
  memcpy(octets, from, length);
  if (length >= 2) {
    octets[0] = from->ss_family;
    octets[1] = 0;
  }
  add_octets(call, "address", octets, length);
}

/* The field `address` as lwIP's; CALL_RETURNED: it is there. The length is what the call was told. */
static int address_of(struct call *call, const char *said, struct sockaddr_storage *to, socklen_t *length) {
  uint8_t *octets;
  size_t count;
  int what = said == NULL ? octets_of(call, field(call, "address"), &octets, &count)
                          : octets_said(call, "address", said, &octets, &count);
  if (what != CALL_RETURNED) {
    return what;
  }
  memset(to, 0, sizeof *to);
  memcpy(to, octets, count < sizeof *to ? count : sizeof *to);
  if (count >= 2) {
    to->s2_len = (u8_t)count;
    to->ss_family = octets[0];
  }
  *length = (socklen_t)count;
  free(octets);
  return CALL_RETURNED;
}

/* The calls ------------------------------------------------------------------------------------------------------ */

static void remember(int fd, int family, bool is_nonblocking) {
  int on = 1;
  if (is_known(fd)) {
    files[fd].family = family;
    files[fd].nonblocking = is_nonblocking;
    files[fd].connecting = false;
    lwip_ioctl(fd, FIONBIO, &on);
  }
}

static int call_socket(struct call *call) {
  int family = integer(call, "domain"), type = integer(call, "type"), protocol = integer(call, "protocol");
  if (family != AF_INET && family != AF_INET6) {
    return unsupported(call, "a socket of another family than IPv4 and IPv6");
  }
  int kind = type & 0xf;
  if (!(kind == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)) &&
      !(kind == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))) {
    return unsupported(call, "a socket that is neither TCP's nor UDP's");
  }
  int fd = lwip_socket(family, kind, protocol);
  if (fd >= 0) {
    remember(fd, family, (type & LINUX_SOCK_NONBLOCK) != 0);
  }
  return done(call, fd);
}

static int call_bind(struct call *call) {
  struct sockaddr_storage address;
  socklen_t length;
  int what = address_of(call, "length", &address, &length);
  if (what != CALL_RETURNED) {
    return what;
  }
  /* The address's length and family are lwIP's to check, but it asserts where it can't. */
  if (length != sizeof(struct sockaddr_in) && length != sizeof(struct sockaddr_in6)) {
    return unsupported(call, "an address of another length than IPv4's or IPv6's");
  }
  return done(call, lwip_bind(integer(call, "fd"), (struct sockaddr *)&address, length));
}

/* 0 once it is there, -1 with errno where it failed, EAGAIN while it is under way. */
static int connected(int fd) {
  struct pollfd polled = {.fd = fd, .events = POLLOUT};
  if (lwip_poll(&polled, 1, 0) <= 0) {
    errno = EAGAIN;
    return -1;
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (lwip_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
    return -1;
  }
  errno = error;
  return error == 0 ? 0 : -1;
}

static int call_connect(struct call *call) {
  int fd = integer(call, "fd");
  if (!call->started) {
    struct sockaddr_storage address;
    socklen_t length;
    int what = address_of(call, "length", &address, &length);
    if (what != CALL_RETURNED) {
      return what;
    }
    if (length != sizeof(struct sockaddr_in) && length != sizeof(struct sockaddr_in6)) {
      return unsupported(call, "an address of another length than IPv4's or IPv6's");
    }
    int result = lwip_connect(fd, (struct sockaddr *)&address, length);
    if (result == 0 || errno != EINPROGRESS || nonblocking(fd)) {
      return done(call, result);
    }
    call->started = true;
  }
  int result = connected(fd);
  return result != 0 && errno == EAGAIN ? CALL_BLOCKS : done(call, result);
}

static int call_accept(struct call *call) {
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  int listener = integer(call, "fd");
  int fd = lwip_accept(listener, (struct sockaddr *)&peer, &length);
  if (fd < 0 && errno == EWOULDBLOCK && !nonblocking(listener)) {
    return CALL_BLOCKS;
  }
  int number = errno;
  if (fd >= 0) {
    remember(fd, is_known(listener) ? files[listener].family : AF_INET, (integer(call, "flags") & LINUX_SOCK_NONBLOCK) != 0);
  }
  errno = number;
  done(call, fd);
  if (fd >= 0) {
    add_address(call, &peer, length);
  }
  return CALL_RETURNED;
}

/* Linux's flags as lwIP's, or -1 where lwIP does not have one. */
static int flags_of(int flags, int allowed) {
  if ((flags & ~allowed) != 0) {
    return -1;
  }
  return ((flags & LINUX_MSG_PEEK) != 0 ? MSG_PEEK : 0) | ((flags & LINUX_MSG_DONTWAIT) != 0 ? MSG_DONTWAIT : 0) |
         ((flags & LINUX_MSG_MORE) != 0 ? MSG_MORE : 0) | ((flags & LINUX_MSG_NOSIGNAL) != 0 ? MSG_NOSIGNAL : 0);
}

static int receive(struct call *call, long room, int linux_flags, bool want_address, bool message) {
  int fd = integer(call, "fd");
  int flags = flags_of(linux_flags, LINUX_MSG_PEEK | LINUX_MSG_DONTWAIT);
  if (flags < 0) {
    return unsupported(call, "a flag that lwIP does not have");
  }
  if (room < 0) {
    return unsupported(call, "a negative length");
  }
  if (room > 0 && cJSON_IsFalse(field(call, "buffer"))) {
    return unsupported(call, "a null pointer");
  }
  if (room > LARGEST_READ) {
    room = LARGEST_READ;
  }
  uint8_t *data = malloc((size_t)room + 1);
  if (data == NULL) {
    abort();
  }
  struct sockaddr_storage from;
  struct iovec vector = {.iov_base = data, .iov_len = (size_t)room};
  struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1};
  memset(&from, 0, sizeof from);
  ssize_t length = lwip_recvmsg(fd, &header, flags);
  if (length < 0 && errno == EWOULDBLOCK && !nonblocking(fd) && (linux_flags & LINUX_MSG_DONTWAIT) == 0) {
    free(data);
    return CALL_BLOCKS;
  }
  done(call, length);
  if (length >= 0) {
    add_octets(call, "data", data, (size_t)(length < room ? length : room));
    /* Of a connection lwIP gives no address. */
    if (want_address && from.ss_family != 0) {
      add_address(call, &from, from.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    }
    if (message) {
      cJSON_AddNumberToObject(call->outcome, "msg_flags", (header.msg_flags & MSG_TRUNC) != 0 ? LINUX_MSG_TRUNC : 0);
    }
  }
  free(data);
  return CALL_RETURNED;
}

/* The room that a list of lengths makes, -1 where one can't be. */
static long room_of(struct call *call) {
  const cJSON *item;
  long sum = 0;
  cJSON_ArrayForEach(item, field(call, "lengths")) {
    if (!cJSON_IsNumber(item) || item->valueint < 0) {
      return -1;
    }
    sum += item->valueint;
  }
  return sum;
}

/* Sends `data`, which it frees. */
static int transmit(struct call *call, uint8_t *data, size_t length, int linux_flags, const char *address_length) {
  int fd = integer(call, "fd");
  int flags = flags_of(linux_flags, LINUX_MSG_DONTWAIT | LINUX_MSG_NOSIGNAL | LINUX_MSG_MORE);
  bool waits = !nonblocking(fd) && (linux_flags & LINUX_MSG_DONTWAIT) == 0;
  struct sockaddr_storage to;
  socklen_t to_length = 0;
  const cJSON *address = field(call, "address");
  int what = CALL_RETURNED;
  if (flags < 0) {
    what = unsupported(call, "a flag that lwIP does not have");
  } else if (cJSON_IsString(address)) {
    what = address_of(call, address_length, &to, &to_length);
    if (what == CALL_RETURNED && to_length != sizeof(struct sockaddr_in) && to_length != sizeof(struct sockaddr_in6)) {
      what = unsupported(call, "an address of another length than IPv4's or IPv6's");
    }
  }
  if (what != CALL_RETURNED) {
    free(data);
    return what;
  }
  ssize_t sent = lwip_sendto(fd, data + call->written, length - call->written, flags,
                             to_length > 0 ? (struct sockaddr *)&to : NULL, to_length);
  free(data);
  /* A connection that is being opened: lwIP says so, Linux waits or says EAGAIN. */
  bool later = sent < 0 && (errno == EWOULDBLOCK || errno == EINPROGRESS);
  if (sent > 0) {
    call->written += (size_t)sent;
  }
  if (later || (sent >= 0 && call->written < length)) {
    if (waits) {
      return CALL_BLOCKS;
    }
    return call->written > 0 ? done(call, (long)call->written) : failed(call, EAGAIN);
  }
  return done(call, sent < 0 ? -1 : (long)call->written);
}

static int call_write(struct call *call, const char *address_length, int flags) {
  uint8_t *data;
  size_t length;
  int what = octets_said(call, "data", "length", &data, &length);
  return what == CALL_RETURNED ? transmit(call, data, length, flags, address_length) : what;
}

static int call_writev(struct call *call, int flags) {
  uint8_t *data;
  size_t length;
  if (cJSON_IsString(field(call, "control"))) {
    return unsupported(call, "control messages");
  }
  int what = gather(call, &data, &length);
  return what == CALL_RETURNED ? transmit(call, data, length, flags, NULL) : what;
}

static int call_close(struct call *call) {
  int fd = integer(call, "fd"), result = lwip_close(fd), number = errno;
  if (result == 0 && is_known(fd)) {
    memset(&files[fd], 0, sizeof files[fd]);
  }
  errno = number;
  return done(call, result);
}

static int call_fcntl(struct call *call) {
  int fd = integer(call, "fd"), command = integer(call, "command"), on = 1;
  if (command != LINUX_F_GETFL && command != LINUX_F_SETFL) {
    return unsupported(call, "another command than F_GETFL and F_SETFL");
  }
  if (lwip_ioctl(fd, FIONBIO, &on) != 0 || !is_known(fd)) {
    return failed(call, EBADF);
  }
  if (command == LINUX_F_GETFL) {
    return done(call, LINUX_O_RDWR | (files[fd].nonblocking ? LINUX_O_NONBLOCK : 0));
  }
  files[fd].nonblocking = (integer(call, "argument") & LINUX_O_NONBLOCK) != 0;
  return done(call, 0);
}

static int call_ioctl(struct call *call) {
  if (integer(call, "command") != LINUX_FIONREAD) {
    return unsupported(call, "another command than FIONREAD");
  }
  int octets = 0;
  done(call, lwip_ioctl(integer(call, "fd"), FIONREAD, &octets));
  add_octets(call, "data", &octets, sizeof octets);
  return CALL_RETURNED;
}

static int call_name(struct call *call, bool peer) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int fd = integer(call, "fd"), most = integer(call, "length");
  if (most < 0) {
    return unsupported(call, "a negative length");
  }
  int result = peer ? lwip_getpeername(fd, (struct sockaddr *)&address, &length)
                    : lwip_getsockname(fd, (struct sockaddr *)&address, &length);
  done(call, result);
  if (result == 0) {
    add_address(call, &address, length < (socklen_t)most ? length : (size_t)most);
  }
  return CALL_RETURNED;
}

static int missing_option(struct call *call) {
  const char *name = option_name(integer(call, "level"), integer(call, "option"));
  if (name != NULL) {
    return unsupported(call, name);
  }
  snprintf(call->words, sizeof call->words, "option %d of level %d", integer(call, "option"), integer(call, "level"));
  return CALL_UNSUPPORTED;
}

static int call_getsockopt(struct call *call) {
  const struct option *option = option_find(integer(call, "level"), integer(call, "option"));
  int room = integer(call, "length");
  uint8_t value[64] = {0};
  if (option == NULL) {
    return missing_option(call);
  }
  if (room < 4 || room > (int)sizeof value) {
    return unsupported(call, "an option's value of less than 4 octets, or of more than 64");
  }
  socklen_t length = (socklen_t)room;
  int result = lwip_getsockopt(integer(call, "fd"), option->lwip_level, option->lwip_option, value, &length);
  if (result != 0 && errno == ENOPROTOOPT) {
    return unsupported(call, option->name);
  }
  done(call, result);
  add_octets(call, "data", value, result == 0 ? (length < (socklen_t)room ? length : (size_t)room) : 0);
  return CALL_RETURNED;
}

static int call_setsockopt(struct call *call) {
  const struct option *option = option_find(integer(call, "level"), integer(call, "option"));
  uint8_t *value;
  size_t length;
  if (option == NULL) {
    return missing_option(call);
  }
  int what = octets_said(call, "value", "length", &value, &length);
  if (what != CALL_RETURNED) {
    return what;
  }
  if (option->lwip_level == SOL_SOCKET && option->lwip_option == SO_LINGER && length >= 8) {
    int linger[2];
    memcpy(linger, value, sizeof linger);
    if (linger[0] != 0 && linger[1] != 0) {
      free(value);
      return unsupported(call, "SO_LINGER with a time, for which lwIP holds up all that use it");
    }
  }
  int result = lwip_setsockopt(integer(call, "fd"), option->lwip_level, option->lwip_option, value, (socklen_t)length);
  int number = errno;
  free(value);
  errno = number;
  if (result != 0 && number == ENOPROTOOPT) {
    return unsupported(call, option->name);
  }
  return done(call, result);
}

static const struct {
  short linux_bit, lwip_bit;
} EVENTS[] = {
    {0x001, POLLIN}, {0x004, POLLOUT}, {0x008, POLLERR}, {0x010, POLLHUP}, {0x020, POLLNVAL}, {0x040, POLLRDNORM}, {0x100, POLLWRNORM},
};

static int call_poll(struct call *call) {
  struct pollfd polled[MOST_POLLED];
  int count = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, field(call, "fds")) {
    const cJSON *fd = cJSON_GetObjectItemCaseSensitive(item, "fd");
    const cJSON *events = cJSON_GetObjectItemCaseSensitive(item, "events");
    if (count == MOST_POLLED || !cJSON_IsNumber(fd) || !cJSON_IsNumber(events)) {
      return nonsense(call, "a pollfd too many, or one without descriptor or events");
    }
    int left = events->valueint;
    polled[count] = (struct pollfd){.fd = fd->valueint};
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++) {
      if ((left & EVENTS[i].linux_bit) != 0) {
        polled[count].events |= EVENTS[i].lwip_bit;
        left &= ~EVENTS[i].linux_bit;
      }
    }
    if (left != 0) {
      return unsupported(call, "an event that lwIP does not have (POLLPRI, POLLRDHUP)");
    }
    count++;
  }
  int ready = lwip_poll(polled, (nfds_t)count, 0);
  int timeout = integer(call, "timeout_ms");
  if (call->deadline_us == 0 && timeout > 0) {
    call->deadline_us = monotonic_us() + (int64_t)timeout * 1000;
  }
  if (ready == 0 && timeout != 0 && (timeout < 0 || monotonic_us() < call->deadline_us)) {
    return CALL_BLOCKS;
  }
  done(call, ready);
  cJSON *revents = cJSON_AddArrayToObject(call->outcome, "revents");
  for (int i = 0; i < count; i++) {
    int seen = 0;
    for (size_t j = 0; j < sizeof EVENTS / sizeof *EVENTS; j++) {
      if ((polled[i].revents & EVENTS[j].lwip_bit) != 0) {
        seen |= EVENTS[j].linux_bit;
      }
    }
    cJSON_AddItemToArray(revents, cJSON_CreateNumber(seen));
  }
  return CALL_RETURNED;
}

int call_attempt(struct call *call) {
  const cJSON *item = field(call, "name");
  const char *name = cJSON_IsString(item) ? item->valuestring : "";
#define IS(what) (strcmp(name, what) == 0)
  if (IS("socket")) return call_socket(call);
  if (IS("bind")) return call_bind(call);
  if (IS("listen")) return done(call, lwip_listen(integer(call, "fd"), integer(call, "backlog")));
  if (IS("accept")) return call_accept(call);
  if (IS("connect")) return call_connect(call);
  if (IS("read")) return receive(call, integer(call, "length"), 0, false, false);
  if (IS("readv")) return receive(call, room_of(call), 0, false, false);
  if (IS("recvfrom")) {
    return receive(call, integer(call, "length"), integer(call, "flags"), cJSON_IsTrue(field(call, "wantAddress")), false);
  }
  if (IS("recvmsg")) return receive(call, room_of(call), integer(call, "flags"), integer(call, "name_length") > 0, true);
  if (IS("write")) return call_write(call, NULL, 0);
  if (IS("sendto")) return call_write(call, "address_length", integer(call, "flags"));
  if (IS("writev")) return call_writev(call, 0);
  if (IS("sendmsg")) return call_writev(call, integer(call, "flags"));
  if (IS("shutdown")) return done(call, lwip_shutdown(integer(call, "fd"), integer(call, "how")));
  if (IS("close")) return call_close(call);
  if (IS("fcntl")) return call_fcntl(call);
  if (IS("ioctl")) return call_ioctl(call);
  if (IS("poll")) return call_poll(call);
  if (IS("getsockname")) return call_name(call, false);
  if (IS("getpeername")) return call_name(call, true);
  if (IS("getsockopt")) return call_getsockopt(call);
  if (IS("setsockopt")) return call_setsockopt(call);
#undef IS
  return unsupported(call, "lwIP has no such call");
}
