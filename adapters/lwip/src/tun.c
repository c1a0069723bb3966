#define _GNU_SOURCE
#include "adapter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int tun_open(const char *netns, const char *device) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  if (strlen(device) == 0 || strlen(device) >= sizeof request.ifr_name) {
    errno = EINVAL;
    return -1;
  }
  strcpy(request.ifr_name, device);
  /* The process is the world's own, and may stay in its namespace. */
  int there = open(netns, O_RDONLY | O_CLOEXEC);
  if (there < 0) {
    return -1;
  }
  int moved = setns(there, CLONE_NEWNET);
  close(there);
  if (moved != 0) {
    return -1;
  }
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun >= 0 && ioctl(tun, TUNSETIFF, &request) != 0) {
    int number = errno;
    close(tun);
    errno = number;
    return -1;
  }
  return tun;
}

static int64_t clock_us(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t realtime_us(void) { return clock_us(CLOCK_REALTIME); }
int64_t monotonic_us(void) { return clock_us(CLOCK_MONOTONIC); }
