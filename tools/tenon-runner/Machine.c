#include "Runner.h"
#include "runtime/Features.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pin(int64_t core, int64_t threads) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed))
    return 1;
  /* From `core` on downwards; -1: the last one, as systems give most interrupts to the first. */
  int64_t found = 0;
  for (int64_t cpu = core < 0 ? CPU_SETSIZE - 1 : core; cpu >= 0 && found < threads; --cpu)
    if (CPU_ISSET((size_t)cpu, &allowed)) {
      CPU_SET((size_t)cpu, &chosen);
      ++found;
    } else if (core >= 0 && !found) {
      return 1; /* not the one asked for */
    }
  return !found || sched_setaffinity(0, sizeof chosen, &chosen);
}

static int read_file(const char *path, char *text, size_t size) {
  FILE *file = fopen(path, "r");
  if (!file)
    return 0;
  size_t length = fread(text, 1, size - 1, file);
  fclose(file);
  text[length] = 0;
  return length > 0;
}

static int64_t cache_bytes(int name) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : 0;
}

int64_t last_level_share(void) {
  int64_t l2 = cache_bytes(_SC_LEVEL2_CACHE_SIZE), l3 = cache_bytes(_SC_LEVEL3_CACHE_SIZE), share = l3;
  char text[256];
  if (read_file("/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list", text, sizeof text)) {
    /* "0-3,8-11" */
    int64_t sharers = 0;
    for (char *word = strtok(text, ",\n"); word; word = strtok(NULL, ",\n")) {
      char *dash = strchr(word, '-');
      sharers += dash ? atoll(dash + 1) - atoll(word) + 1 : 1;
    }
    if (sharers > 0)
      share = l3 / sharers;
  }
  if (share < 4 * l2)
    share = 4 * l2;
  return share > 0 ? share + share / 4 : INT64_C(64) << 20;
}

/* A text as JSON. */
static void print_text(const char *text) {
  putchar('"');
  for (; *text; ++text)
    if (*text == '"' || *text == '\\')
      printf("\\%c", *text);
    else if (*text == '\n')
      fputs("\\n", stdout);
    else if ((unsigned char)*text >= ' ' && (unsigned char)*text < 127)
      putchar(*text);
    else
      putchar(' ');
  putchar('"');
}

void describe_machine(void) {
  static char cpuinfo[65536];
  char kilohertz[64] = "";
  if (read_file("/proc/cpuinfo", cpuinfo, sizeof cpuinfo)) {
    /* The first processor. */
    char *end = strstr(cpuinfo, "\n\n");
    if (end)
      end[1] = 0;
  }
  if (!read_file("/sys/devices/system/cpu/cpu0/cpufreq/base_frequency", kilohertz, sizeof kilohertz))
    read_file("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", kilohertz, sizeof kilohertz);
  printf("{\"arch\": %d, \"features\": \"%llx\", \"cores\": %ld, \"kilohertz\": %lld, \"l1_bytes\": %lld, "
         "\"l2_bytes\": %lld, \"l3_bytes\": %lld, \"line_bytes\": %lld, \"cpuinfo\": ",
         TN_HOST_ARCH, (unsigned long long)tn_detect_features(), sysconf(_SC_NPROCESSORS_CONF),
         atoll(kilohertz), (long long)cache_bytes(_SC_LEVEL1_DCACHE_SIZE),
         (long long)cache_bytes(_SC_LEVEL2_CACHE_SIZE), (long long)cache_bytes(_SC_LEVEL3_CACHE_SIZE),
         (long long)cache_bytes(_SC_LEVEL1_DCACHE_LINESIZE));
  print_text(cpuinfo);
  puts("}");
}
