/*
 * One-way latency of the first packet of a flow: UDP from an unused source port each time, one flow
 * at a time, the send time inside, both ends on one kernel's clock.
 *   first_packet recv IP PORT COUNT IDLE_MS   prints percentiles when COUNT came or IDLE_MS passed silent
 *   first_packet send SRC_IP IP PORT COUNT GAP_US FIRST_SOURCE_PORT
 */
#include "common.h"

static int receive(char **argv) {
  struct sockaddr_in a = address(argv[2], atoi(argv[3]));
  long count = atol(argv[4]), got = 0;
  uint64_t *taken = calloc((size_t)count, sizeof *taken);
  int fd = socket(AF_INET, SOCK_DGRAM, 0), idle = atoi(argv[5]);
  if (bind(fd, (struct sockaddr *)&a, sizeof a)) die("bind");
  puts("ready");
  fflush(stdout);
  /* Sleeps until a packet comes, as a server would: spinning would take a core from the systems measured. */
  uint64_t sent, quiet_since = now_ns() + 5000000000ull;
  while (got < count) {
    ssize_t n = recv(fd, &sent, sizeof sent, MSG_DONTWAIT);
    uint64_t now = now_ns();
    if (n == sizeof sent) {
      taken[got++] = now - sent;
      quiet_since = now;
    } else if (now > quiet_since && now - quiet_since > (uint64_t)idle * 1000000ull) break;
    else poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 50);
  }
  qsort(taken, (size_t)got, sizeof *taken, by_value);
  if (got == 0) return printf("{\"received\":0,\"p50_us\":null,\"p99_us\":null}\n"), 0;
  printf("{\"received\":%ld,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", got, taken[got / 2] / 1e3, taken[got * 99 / 100] / 1e3);
  return 0;
}

static int send_to(char **argv) {
  struct sockaddr_in to = address(argv[3], atoi(argv[4]));
  long count = atol(argv[5]), gap = atol(argv[6]);
  int port = atoi(argv[7]);
  for (long i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in from = address(argv[2], port + (int)i);
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    uint64_t now = now_ns();
    if (sendto(fd, &now, sizeof now, 0, (struct sockaddr *)&to, sizeof to) != sizeof now) die("sendto");
    close(fd);
    usleep((useconds_t)gap);
  }
  printf("{\"sent\":%ld}\n", count);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "recv") == 0) return receive(argv);
  if (argc == 8 && strcmp(argv[1], "send") == 0) return send_to(argv);
  return fprintf(stderr, "first_packet recv IP PORT COUNT IDLE_MS | send SRC IP PORT COUNT GAP_US FIRST_PORT\n"), 2;
}
