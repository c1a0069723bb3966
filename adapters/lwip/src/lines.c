#include "adapter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ (64u << 10)

int lines_read(struct lines *lines) {
  if (lines->room - lines->length < READ) {
    char *more = realloc(lines->octets, lines->room * 2 + READ);
    if (more == NULL) {
      return -1;
    }
    lines->octets = more;
    lines->room = lines->room * 2 + READ;
  }
  ssize_t length = read(lines->fd, lines->octets + lines->length, READ);
  if (length < 0) {
    return errno == EINTR || errno == EAGAIN ? 1 : -1;
  }
  lines->length += (size_t)length;
  /* What is left over from the last time is one line's beginning. */
  if (lines->length > LONGEST_LINE + READ) {
    return -1;
  }
  return length > 0;
}

char *lines_next(struct lines *lines, size_t *at) {
  if (*at >= lines->length) {
    return NULL;
  }
  char *end = memchr(lines->octets + *at, '\n', lines->length - *at);
  if (end == NULL) {
    return NULL;
  }
  char *line = lines->octets + *at;
  *end = '\0';
  *at = (size_t)(end - lines->octets) + 1;
  return line;
}

void lines_drop(struct lines *lines, size_t at) {
  if (at > 0) {
    memmove(lines->octets, lines->octets + at, lines->length - at);
    lines->length -= at;
  }
}

bool write_all(int fd, const char *octets, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, octets, length);
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    octets += written;
    length -= (size_t)written;
  }
  return true;
}
