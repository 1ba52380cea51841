/*
 * 100-byte UDP packets, as many as go.  udp_pps recv IP PORT SECONDS | udp_pps send IP PORT SECONDS
 * 100 bytes is the whole IP packet (72 bytes of payload). The receiver counts from the first packet
 * it sees, leaves out the first half second, and stops after SECONDS.
 */
#include "common.h"
#define BATCH 64
#define PAYLOAD 72

static char data[BATCH][2048];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

static void prepare(size_t length) {
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = data[i], .iov_len = length};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
}

static int receive(struct sockaddr_in a, double seconds) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  if (bind(fd, (struct sockaddr *)&a, sizeof a)) die("bind");
  struct timeval patience = {.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  prepare(sizeof data[0]);
  puts("ready");
  fflush(stdout);
  uint64_t from = 0, until = 0, count = 0;
  for (;;) {
    int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n < 0) die("recvmmsg");
    uint64_t now = now_ns();
    if (from == 0) from = now + 500000000ull, until = from + (uint64_t)(seconds * 1e9);
    if (now >= until) break;
    if (now >= from) count += (uint64_t)n;
  }
  printf("{\"pps\":%.0f}\n", (double)count / seconds);
  return 0;
}

static int send_to(struct sockaddr_in a, double seconds) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(fd, (struct sockaddr *)&a, sizeof a)) die("connect");
  prepare(PAYLOAD);
  uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), sent = 0;
  while (now_ns() < end) {
    int n = sendmmsg(fd, messages, BATCH, 0);
    if (n > 0) sent += (uint64_t)n;
  }
  printf("{\"sent_pps\":%.0f}\n", (double)sent / seconds);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "udp_pps recv|send IP PORT SECONDS\n"), 2;
  struct sockaddr_in a = address(argv[2], atoi(argv[3]));
  return strcmp(argv[1], "recv") == 0 ? receive(a, atof(argv[4])) : send_to(a, atof(argv[4]));
}
