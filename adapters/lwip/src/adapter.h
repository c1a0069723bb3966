/* netproof's adapter for lwIP: what its files share. */
#ifndef NETPROOF_LWIP_ADAPTER_H
#define NETPROOF_LWIP_ADAPTER_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LONGEST_LINE (16u << 20)

/* lines.c: lines in, lines out */
struct lines {
  int fd;
  char *octets;
  size_t length, room;
};
/* Reads what there is. 1: something came, 0: the end, -1: an error, or a line that is too long. */
int lines_read(struct lines *lines);
/* The next whole line, without its end, or NULL. It lives until the next call of lines_read. */
char *lines_next(struct lines *lines, size_t *at);
/* Drops the lines that lines_next gave out. */
void lines_drop(struct lines *lines, size_t at);
bool write_all(int fd, const char *octets, size_t length);

/* base64.c */
char *base64_encode(const void *octets, size_t length);
/* NULL where the text is not base64. */
uint8_t *base64_decode(const char *text, size_t *length);

/* tun.c: the file end of the world's device; -1 with errno on failure. */
int tun_open(const char *netns, const char *device);
/* Microseconds of CLOCK_REALTIME and CLOCK_MONOTONIC. */
int64_t realtime_us(void);
int64_t monotonic_us(void);

/* world.c: one stack, in a process of its own, since lwIP keeps its state in global variables. Does not return. */
_Noreturn void world_run(int channel, char *open_request);

/* calls.c */
enum { CALL_RETURNED, CALL_BLOCKS, CALL_UNSUPPORTED, CALL_NONSENSE };
struct call {
  struct call *next;
  double id;
  cJSON *message, *request;
  /* How far a call that waits has come. */
  bool started;
  size_t written;
  int64_t deadline_us;
  /* What it did: for CALL_RETURNED an object, for the last two the words. */
  cJSON *outcome;
  char words[160];
};
int call_attempt(struct call *call);

/* options.c: Linux's options as lwIP's */
struct option {
  int level, option, lwip_level, lwip_option;
  const char *name;
};
const struct option *option_find(int level, int option);
const char *option_name(int level, int option);

#endif
