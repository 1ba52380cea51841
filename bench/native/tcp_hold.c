/*
 * Many TCP connections at once that no machine holds a socket for: segments made by hand, so that what is in between
 * tracks them and nothing else costs memory. The kernels' own RSTs have to be filtered out at both ends.
 *   tcp_hold serve IP PORT PORTS                     answers SYNs until killed
 *   tcp_hold open SOURCE IP PORT PORTS COUNT WINDOW  opens COUNT, WINDOW of them under way
 */
#include "common.h"
#define FIRST_SOURCE 1024
#define SOURCES 64000
#define RETRY_NS 50000000ull
#define GIVE_UP_NS 10000000000ull
#define QUIET_NS 2500000000ull

struct segment {
  uint16_t source, target;
  uint32_t sequence, acknowledged;
  uint8_t offset, flags;
  uint16_t window, checksum, urgent;
};
enum { SYN = 2, ACK = 16 };

static int raw_socket(void) {
  int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_TCP), size = 64 << 20;
  if (fd < 0) die("raw socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  return fd;
}

static uint32_t sum(const void *data, size_t bytes) {
  const uint16_t *words = data;
  uint32_t total = 0;
  for (size_t i = 0; i < bytes / 2; i++) total += words[i];
  return total;
}

/* False when the device's queue is full: the segment comes again. */
static int send_segment(int fd, struct in_addr from, struct in_addr to, struct segment s) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = to};
  s.offset = 5 << 4;
  s.window = htons(65535);
  s.checksum = 0;
  uint32_t total = sum(&from, 4) + sum(&to, 4) + htons(IPPROTO_TCP) + htons(sizeof s) + sum(&s, sizeof s);
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  s.checksum = (uint16_t)~total;
  return sendto(fd, &s, sizeof s, 0, (struct sockaddr *)&a, sizeof a) == sizeof s;
}

/* The next segment for one of our ports, with where it came from; 0 when there is none. */
static int receive(int fd, struct segment *s, struct in_addr *from, struct in_addr *to) {
  uint8_t packet[128];
  ssize_t got = recv(fd, packet, sizeof packet, 0);
  if (got < 0) return 0;
  size_t header = (size_t)(packet[0] & 15) * 4;
  memset(s, 0, sizeof *s);
  if ((size_t)got < header + sizeof *s) return 1;
  memcpy(from, packet + 12, 4);
  memcpy(to, packet + 16, 4);
  memcpy(s, packet + header, sizeof *s);
  return 1;
}

/* A SYN that was answered; the answer comes again until its ACK does, as a machine's would. */
struct answered {
  uint64_t at;
  struct in_addr from, to;
  struct segment answer;
};
#define WAITING (1u << 18)
#define ANSWER_AGAIN_NS 1000000000ull

static _Noreturn void serve(char **argv) {
  int fd = raw_socket(), port = atoi(argv[3]), ports = atoi(argv[4]);
  struct sockaddr_in own = address(argv[2], 0);
  if (bind(fd, (struct sockaddr *)&own, sizeof own)) die("bind");
  uint8_t *is_open = calloc((size_t)ports, 65536);
  struct answered *waiting = calloc(WAITING, sizeof *waiting);
  uint32_t first = 0, end = 0;
  puts("ready");
  fflush(stdout);
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  struct segment s;
  struct in_addr from, to;
  for (;;) {
    uint64_t now = now_ns();
    while (first != end && now - waiting[first % WAITING].at > ANSWER_AGAIN_NS) {
      struct answered again = waiting[first++ % WAITING];
      if (is_open[(ntohs(again.answer.source) - port) * 65536 + ntohs(again.answer.target)]) continue;
      send_segment(fd, again.from, again.to, again.answer);
      again.at = now;
      waiting[end++ % WAITING] = again;
    }
    if (!receive(fd, &s, &from, &to)) {
      poll(&ready, 1, 100);
      continue;
    }
    int target = ntohs(s.target);
    if (target < port || target >= port + ports) continue;
    uint8_t *open = &is_open[(target - port) * 65536 + ntohs(s.source)];
    if (s.flags == ACK) *open = 1;
    if (s.flags != SYN) continue;
    struct segment answer = {s.target, s.source, s.sequence, htonl(ntohl(s.sequence) + 1), 0, SYN | ACK, 0, 0, 0};
    send_segment(fd, to, from, answer);
    if (*open || end - first >= WAITING - 1) continue;
    waiting[end++ % WAITING] = (struct answered){now, to, from, answer};
  }
}

/* Of the connection with this number: its source port, then its destination port, say which it is. */
static struct segment first_segment(uint32_t index, int port) {
  uint16_t source = (uint16_t)(FIRST_SOURCE + index % SOURCES), target = (uint16_t)(port + (int)(index / SOURCES));
  return (struct segment){htons(source), htons(target), htonl(index), 0, 0, SYN, 0, 0, 0};
}

static int open_all(char **argv) {
  struct in_addr own = address(argv[2], 0).sin_addr, server = address(argv[3], 0).sin_addr, from, to;
  int fd = raw_socket(), port = atoi(argv[4]), ports = atoi(argv[5]);
  uint32_t count = (uint32_t)atoi(argv[6]), window = (uint32_t)atoi(argv[7]), next = 0, oldest = 0, opened = 0;
  if (count > (uint32_t)ports * SOURCES) return fprintf(stderr, "at most %d connections a port\n", SOURCES), 2;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = own};
  if (bind(fd, (struct sockaddr *)&a, sizeof a)) die("bind");
  uint8_t *is_open = calloc(count, 1);
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  struct segment s;
  uint64_t begin = now_ns(), progress = begin, heard = begin, sent = begin, now;
  /* The other end may not have all our ACKs, and says so. */
  while (opened < count || now_ns() - heard < QUIET_NS) {
    while (next < count && next - oldest < window) {
      struct segment syn = first_segment(next, port);
      if (!send_segment(fd, own, server, syn)) break;
      next++;
      sent = now_ns();
    }
    poll(&ready, 1, 50);
    while (receive(fd, &s, &from, &to)) {
      int source = ntohs(s.target) - FIRST_SOURCE, target = ntohs(s.source) - port;
      if (s.flags != (SYN | ACK) || source < 0 || source >= SOURCES || target < 0 || target >= ports) continue;
      uint32_t index = (uint32_t)target * SOURCES + (uint32_t)source;
      if (index >= next) continue;
      /* Also for one that is open: its ACK may have been lost. */
      struct segment ack = {s.target, s.source, htonl(index + 1), htonl(ntohl(s.sequence) + 1), 0, ACK, 0, 0, 0};
      send_segment(fd, own, server, ack);
      heard = now_ns();
      if (is_open[index]) continue;
      is_open[index] = 1;
      opened++;
      progress = now_ns();
      while (oldest < next && is_open[oldest]) oldest++;
    }
    now = now_ns();
    if (now - progress > GIVE_UP_NS) break;
    if (opened == count || now - progress < RETRY_NS || now - sent < RETRY_NS) continue;
    for (uint32_t i = oldest; i < next; i++) {
      if (is_open[i]) continue;
      struct segment syn = first_segment(i, port);
      send_segment(fd, own, server, syn);
    }
    sent = now;
  }
  printf("{\"opened\":%u,\"seconds\":%.1f}\n", opened, (double)(now_ns() - begin) / 1e9);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "serve") == 0) serve(argv);
  if (argc == 8 && strcmp(argv[1], "open") == 0) return open_all(argv);
  return fprintf(stderr, "tcp_hold serve IP PORT PORTS | open SOURCE IP PORT PORTS COUNT WINDOW\n"), 2;
}
