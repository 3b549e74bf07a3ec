/* The team's functions, which are for a C file without the system's headers, for a test in C++. */
#include "runtime/Team.h"

const long test_spin_ns = TN_SPIN_NS;

void test_run_team(const tenon_thread_pool *pool, void (*lead)(tn_team *team, void *run), void *run) {
  tn_run_team(pool, lead, run);
}

void test_split(tn_team *team, int32_t parts, void (*body)(void *arg, int32_t part), void *arg) {
  tn_split(team, parts, body, arg);
}

int test_has_tired(const tn_team *team) {
  return tn_has_tired(team);
}
