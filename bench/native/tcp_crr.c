/*
 * Connect, request, response, close; WINDOW of them under way, over PORTS destination ports.
 *   tcp_crr serve IP PORT PORTS           answers until killed
 *   tcp_crr load IP PORT PORTS WINDOW SECONDS
 * The client closes with a reset after the answer, so that ports are free again and TIME_WAIT does
 * not set the limit; 64 bytes each way.
 */
#include "common.h"
#define SIZE 64
#define MAX_WINDOW 256

static int nonblocking(int fd) {
  int one = 1;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static _Noreturn void serve(const char *ip, int port, int ports) {
  int ep = epoll_create1(0);
  static char listening[65536];
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in a = address(ip, port + i);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1024)) die("listen");
    listening[fd] = 1;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
  puts("ready");
  fflush(stdout);
  struct epoll_event events[64];
  char buffer[SIZE];
  for (;;) {
    int n = epoll_wait(ep, events, 64, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (listening[fd]) {
        int peer;
        while ((peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          struct epoll_event e = {.events = EPOLLIN, .data.fd = peer};
          epoll_ctl(ep, EPOLL_CTL_ADD, peer, &e);
        }
      } else {
        ssize_t got = recv(fd, buffer, SIZE, 0);
        if (got > 0) send(fd, buffer, (size_t)got, MSG_NOSIGNAL);
        else if (got == 0 || (errno != EAGAIN && errno != EINTR)) close(fd);
      }
    }
  }
}

static struct {
  int fd;
  uint64_t since;
  int sent;
} slots[MAX_WINDOW];

static void start(int ep, int slot, const char *ip, int port) {
  struct sockaddr_in a = address(ip, port);
  int fd = nonblocking(socket(AF_INET, SOCK_STREAM, 0));
  if (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS) die("connect");
  slots[slot].fd = fd;
  slots[slot].since = now_ns();
  slots[slot].sent = 0;
  struct epoll_event e = {.events = EPOLLOUT | EPOLLIN, .data.u32 = (uint32_t)slot};
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int load(char **argv) {
  const char *ip = argv[2];
  int port = atoi(argv[3]), ports = atoi(argv[4]), window = atoi(argv[5]), next = 0;
  double seconds = atof(argv[6]);
  if (window > MAX_WINDOW) window = MAX_WINDOW;
  int ep = epoll_create1(0);
  struct linger reset = {.l_onoff = 1};
  char buffer[SIZE] = {0};
  uint64_t begin = now_ns() + 300000000ull, end = begin + (uint64_t)(seconds * 1e9), done = 0, failed = 0;
  for (int i = 0; i < window; i++) start(ep, i, ip, port + next++ % ports);
  struct epoll_event events[64];
  uint64_t now;
  while ((now = now_ns()) < end) {
    int n = epoll_wait(ep, events, 64, 100);
    for (int i = 0; i < n; i++) {
      int slot = (int)events[i].data.u32, fd = slots[slot].fd, over = 0;
      if (events[i].events & (EPOLLERR | EPOLLHUP)) over = -1;
      else if (!slots[slot].sent) {
        if (send(fd, buffer, SIZE, MSG_NOSIGNAL) == SIZE) {
          struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)slot};
          epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
          slots[slot].sent = 1;
        }
      } else {
        ssize_t got = recv(fd, buffer, SIZE, 0);
        if (got == SIZE) over = 1;
        else if (got == 0 || (got < 0 && errno != EAGAIN)) over = -1;
      }
      if (over == 0) continue;
      if (now >= begin) over > 0 ? done++ : failed++;
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      close(fd);
      start(ep, slot, ip, port + next++ % ports);
    }
  }
  printf("{\"per_s\":%.0f,\"failed\":%llu}\n", (double)done / seconds, (unsigned long long)failed);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "serve") == 0) serve(argv[2], atoi(argv[3]), atoi(argv[4]));
  if (argc == 7 && strcmp(argv[1], "load") == 0) return load(argv);
  return fprintf(stderr, "tcp_crr serve IP PORT PORTS | load IP PORT PORTS WINDOW SECONDS\n"), 2;
}
