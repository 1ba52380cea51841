/*
 * Flood of new flows: every UDP packet from another source port and destination port.
 *   new_flows recv IP PORT PORTS SECONDS    counts distinct flows that arrive on PORT … PORT+PORTS-1
 *   new_flows send IP PORT PORTS RATE SECONDS
 */
#include "common.h"
#define SOURCES 16384
#define FIRST_SOURCE 20000

static int receive(char **argv) {
  int port = atoi(argv[3]), ports = atoi(argv[4]), ep = epoll_create1(0), size = 4 << 20;
  double seconds = atof(argv[5]);
  uint8_t *seen = calloc((size_t)ports, SOURCES);
  for (int i = 0; i < ports; i++) {
    struct sockaddr_in a = address(argv[2], port + i);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&a, sizeof a)) die("bind");
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)i << 32 | (uint32_t)fd};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
  puts("ready");
  fflush(stdout);
  struct epoll_event events[64];
  uint64_t begin = 0, end = now_ns() + 5000000000ull, flows = 0, now;
  char byte[64];
  while ((now = now_ns()) < end) {
    int n = epoll_wait(ep, events, 64, 50);
    for (int i = 0; i < n; i++) {
      struct sockaddr_in from;
      socklen_t length = sizeof from;
      int fd = (int)(uint32_t)events[i].data.u64, index = (int)(events[i].data.u64 >> 32);
      while (recvfrom(fd, byte, sizeof byte, 0, (struct sockaddr *)&from, &length) > 0) {
        if (begin == 0) begin = now, end = now + (uint64_t)(seconds * 1e9);
        int source = ntohs(from.sin_port) - FIRST_SOURCE;
        if (source < 0 || source >= SOURCES || seen[(size_t)index * SOURCES + (size_t)source]++) continue;
        flows++;
      }
    }
  }
  printf("{\"flows\":%llu,\"per_s\":%.0f}\n", (unsigned long long)flows, begin ? (double)flows / seconds : 0.0);
  return 0;
}

static int send_to(char **argv) {
  int port = atoi(argv[3]), ports = atoi(argv[4]);
  double rate = atof(argv[5]), seconds = atof(argv[6]);
  uint64_t begin = now_ns(), end = begin + (uint64_t)(seconds * 1e9), sent = 0, now;
  struct sockaddr_in to = address(argv[2], port);
  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (raw < 0) die("raw socket");
  uint16_t packet[8] = {0};
  while ((now = now_ns()) < end && sent < (uint64_t)ports * SOURCES) {
    if ((double)sent >= (double)(now - begin) * rate / 1e9) continue;
    /* A UDP header of our own, checksum 0 (none): 16 k sockets would measure the socket layer. */
    packet[0] = htons((uint16_t)(FIRST_SOURCE + sent % SOURCES));
    packet[1] = htons((uint16_t)(port + (int)(sent / SOURCES)));
    packet[2] = htons(sizeof packet);
    if (sendto(raw, packet, sizeof packet, 0, (struct sockaddr *)&to, sizeof to) == sizeof packet) sent++;
  }
  printf("{\"sent\":%llu,\"sent_per_s\":%.0f}\n", (unsigned long long)sent, (double)sent / ((double)(now_ns() - begin) / 1e9));
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "recv") == 0) return receive(argv);
  if (argc == 7 && strcmp(argv[1], "send") == 0) return send_to(argv);
  return fprintf(stderr, "new_flows recv IP PORT PORTS SECONDS | send IP PORT PORTS RATE SECONDS\n"), 2;
}
