#define _GNU_SOURCE
#include "CSystem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

int cs_is_this_machine(const char *host) {
  if (strcasecmp(host, "localhost") == 0) return 1;
  struct in_addr four;
  if (inet_pton(AF_INET, host, &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  struct in6_addr six;
  if (inet_pton(AF_INET6, host, &six) != 1) return 0;
  if (IN6_IS_ADDR_V4MAPPED(&six)) return six.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&six) != 0;
}
