/* netproof's adapter for lwIP: serves the runner, with a process for each world. See README.md beside this folder, and
 * netproof's docs/adapters.md. */
#define _GNU_SOURCE
#include "adapter.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROTOCOL 1
#define MOST_WORLDS 512
#define MOST_OWED 256

struct world {
  double number;
  pid_t process;
  struct lines lines;
  /* Requests that it has not answered. */
  double owed[MOST_OWED];
  size_t owes;
  /* It was asked to end. */
  bool closing;
  /* How its process ended without having been asked. */
  char ended[96];
};

static struct world *worlds[MOST_WORLDS];
static size_t count;

_Noreturn static void give_up(const char *why) {
  fprintf(stderr, "netproof-lwip: %s\n", why);
  exit(1);
}

static void say(const char *line) {
  if (!write_all(1, line, strlen(line))) {
    exit(0);
  }
}

static void refuse(double id, const char *words) {
  char line[256];
  snprintf(line, sizeof line, "{\"id\":%.0f,\"type\":\"error\",\"message\":\"%s\"}\n", id, words);
  say(line);
}

static struct world *find(double number) {
  for (size_t i = 0; i < count; i++) {
    if (worlds[i]->number == number) {
      return worlds[i];
    }
  }
  return NULL;
}

static void owe(struct world *world, double id) {
  if (world->owes == MOST_OWED) {
    give_up("so many requests for a world that does not answer");
  }
  world->owed[world->owes++] = id;
}

/* Takes the request that `line` answers off the list, unless it says that the call waits. */
static void settle(struct world *world, const char *line) {
  double id;
  if (sscanf(line, "{\"id\":%lf,", &id) != 1 || strstr(line, ",\"type\":\"blocked\"}") != NULL) {
    return;
  }
  for (size_t i = 0; i < world->owes; i++) {
    if (world->owed[i] == id) {
      world->owed[i] = world->owed[--world->owes];
      return;
    }
  }
}

static void forget(struct world *world) {
  free(world->lines.octets);
  for (size_t i = 0; i < count; i++) {
    if (worlds[i] == world) {
      worlds[i] = worlds[--count];
      break;
    }
  }
  free(world);
}

/* Its process has ended: one that was not asked to is remembered until the runner closes it. */
static void drop(struct world *world) {
  int status = 0;
  char words[sizeof world->ended];
  waitpid(world->process, &status, 0);
  if (WIFSIGNALED(status)) {
    snprintf(words, sizeof words, "lwIP ended on signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
  } else {
    snprintf(words, sizeof words, "lwIP's process ended with status %d", WEXITSTATUS(status));
  }
  for (size_t i = 0; i < world->owes; i++) {
    refuse(world->owed[i], words);
  }
  world->owes = 0;
  close(world->lines.fd);
  world->lines.fd = -1;
  memcpy(world->ended, words, sizeof words);
  if (world->closing) {
    forget(world);
  }
}

/* Passes on what a world answers. */
static void answers(struct world *world) {
  bool over = lines_read(&world->lines) <= 0;
  size_t at = 0;
  for (char *line; (line = lines_next(&world->lines, &at)) != NULL;) {
    settle(world, line);
    size_t length = strlen(line);
    line[length] = '\n';
    if (!write_all(1, line, length + 1)) {
      exit(0);
    }
  }
  lines_drop(&world->lines, at);
  if (over) {
    drop(world);
  }
}

static void start(double id, double number, char *line) {
  int ends[2];
  if (find(number) != NULL || count == MOST_WORLDS) {
    refuse(id, "there is such a world already, or there are too many");
    return;
  }
  struct world *world = calloc(1, sizeof *world);
  if (world == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    free(world);
    refuse(id, "no socket for the world's process");
    return;
  }
  pid_t process = fork();
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < count; i++) {
      close(worlds[i]->lines.fd);
    }
    close(ends[0]);
    close(0);
    /* What lwIP prints is no answer. */
    dup2(2, 1);
    world_run(ends[1], line);
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    free(world);
    refuse(id, "no process for the world");
    return;
  }
  *world = (struct world){.number = number, .process = process, .lines = {.fd = ends[0]}};
  worlds[count++] = world;
  owe(world, id);
}

static void request(char *line) {
  cJSON *parsed = cJSON_Parse(line);
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(parsed, "id");
  const cJSON *type = cJSON_GetObjectItemCaseSensitive(parsed, "type");
  const cJSON *number = cJSON_GetObjectItemCaseSensitive(parsed, "world");
  if (!cJSON_IsNumber(id) || !cJSON_IsString(type)) {
    give_up("a line that is no request");
  }
  double asked = id->valuedouble;
  if (strcmp(type->valuestring, "hello") == 0) {
    char said[160];
    snprintf(said, sizeof said, "{\"id\":%.0f,\"type\":\"hello\",\"protocol\":%d,\"stack\":\"lwIP " NETPROOF_LWIP "\",\"features\":[\"counters\"]}\n",
             asked, PROTOCOL);
    say(said);
  } else if (!cJSON_IsNumber(number)) {
    refuse(asked, "a request without a world");
  } else if (strcmp(type->valuestring, "open") == 0) {
    start(asked, number->valuedouble, line);
  } else {
    struct world *world = find(number->valuedouble);
    size_t length = strlen(line);
    if (world == NULL) {
      refuse(asked, "there is no such world");
    } else if (world->ended[0] != '\0') {
      refuse(asked, world->ended);
      if (strcmp(type->valuestring, "close") == 0) {
        forget(world);
      }
    } else {
      owe(world, asked);
      world->closing = strcmp(type->valuestring, "close") == 0;
      line[length] = '\n';
      /* Of one that has ended, answers() hears. */
      (void)write_all(world->lines.fd, line, length + 1);
      line[length] = '\0';
    }
  }
  cJSON_Delete(parsed);
}

int main(void) {
  struct sched_param parameters = {.sched_priority = 1};
  /* Refused without the privilege: then a busy machine makes it late. */
  (void)sched_setscheduler(0, SCHED_RR, &parameters);
  signal(SIGPIPE, SIG_IGN);
  struct lines input = {.fd = 0};
  for (;;) {
    struct pollfd watched[1 + MOST_WORLDS] = {{.fd = 0, .events = POLLIN}};
    size_t watching = count;
    struct world *seen[MOST_WORLDS];
    for (size_t i = 0; i < watching; i++) {
      seen[i] = worlds[i];
      watched[1 + i] = (struct pollfd){.fd = seen[i]->lines.fd, .events = POLLIN};
    }
    if (poll(watched, 1 + watching, -1) < 0) {
      if (errno == EINTR) {
        continue;
      }
      give_up(strerror(errno));
    }
    for (size_t i = 0; i < watching; i++) {
      if (watched[1 + i].revents != 0) {
        answers(seen[i]);
      }
    }
    if (watched[0].revents != 0) {
      int came = lines_read(&input);
      if (came < 0) {
        give_up("its input can't be read, or has a line of more than 16 MiB");
      }
      size_t at = 0;
      for (char *line; (line = lines_next(&input, &at)) != NULL;) {
        request(line);
      }
      lines_drop(&input, at);
      if (came == 0) {
        return 0;
      }
    }
  }
}
