/*
 * One connection, one byte each way, one under way.  tcp_rr serve IP PORT | tcp_rr load IP PORT SECONDS
 */
#include "common.h"

static _Noreturn void serve(struct sockaddr_in a) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 16)) die("listen");
  puts("ready");
  fflush(stdout);
  for (;;) {
    int peer = accept(fd, NULL, NULL);
    char byte;
    if (peer < 0) die("accept");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (recv(peer, &byte, 1, 0) == 1 && send(peer, &byte, 1, MSG_NOSIGNAL) == 1) {
    }
    close(peer);
  }
}

static int load(struct sockaddr_in a, double seconds) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (connect(fd, (struct sockaddr *)&a, sizeof a)) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char byte = 0;
  uint64_t begin = now_ns() + 200000000ull, end = begin + (uint64_t)(seconds * 1e9), now, done = 0;
  while ((now = now_ns()) < end) {
    if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1) die("exchange");
    if (now >= begin) done++;
  }
  printf("{\"per_s\":%.0f}\n", (double)done / seconds);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "serve") == 0) serve(address(argv[2], atoi(argv[3])));
  if (argc == 5 && strcmp(argv[1], "load") == 0) return load(address(argv[2], atoi(argv[3])), atof(argv[4]));
  return fprintf(stderr, "tcp_rr serve IP PORT | load IP PORT SECONDS\n"), 2;
}
