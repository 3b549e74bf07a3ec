/* tenon-runner [FLAG VALUE]... [EXPECTATION LIBRARY]...
 * tenon-runner [FLAG VALUE]... --turns SECONDS MODEL...
 *
 * Measures candidates: checks that LIBRARY, a compiled model of one task, computes what EXPECTATION says, and
 * times it. Prints one JSON object per candidate and line, in their order. Without files it takes them from
 * standard input, a line each, with a tab between the two. Every candidate has a process of its own, so that
 * one that crashes or hangs is a result.
 *
 * With --turns it runs whole models (.so) in turns, step by step, for about so long, in one process, and
 * prints one JSON object: how each compares to the first.
 *
 * It needs neither the compiler nor LLVM. For another machine:
 *
 *     cc -O2 -I. -Iinclude tools/tenon-runner/[A-Z]*.c tools/tenon-runner/tenon-runner.c
 * autotune/Measure/ExpectationFile.c runtime/ThreadPool.c -ldl -lm -lpthread
 */
#include "Runner.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double turns; /* seconds to run whole models for; 0: it measures candidates */
static options how = {-1, 1, 0.01, 0.3, 3, 0, 10, INT64_C(1) << 30};
static expectation expected;
static char *sweep;
static int null_fd;

/*===-- Processes
 * --------------------------------------------------------------------------------------------===*/

/* Starts a process whose answer comes through `end`. Returns as fork does; -1: there is none, with why in
 * `out`. What the child says goes nowhere, and it ends with the runner. */
static pid_t start_child(int *end, result *out) {
  int ends[2];
  pid_t parent = getpid(), child = -1;
  memset(out, 0, sizeof *out);
  out->outcome = FAILED;
  if (!pipe2(ends, O_CLOEXEC)) {
    child = fork();
    *end = ends[child ? 0 : 1];
    close(ends[child ? 1 : 0]);
  }
  if (child < 0) {
    snprintf(out->message, sizeof out->message, "cannot start a process: %s", strerror(errno));
    return child;
  }
  if (child) {
    setpgid(child, child);
    return child;
  }
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(1);
  for (int fd = 0; fd <= 2; ++fd)
    dup2(null_fd, fd);
  /* Those of a sanitizer, or ignored by whoever started the runner. */
  for (int number = 1; number < 32; ++number)
    signal(number, SIG_DFL);
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (pin(how.core, how.threads))
    snprintf(out->message, sizeof out->message, "this process may not run on processor %lld",
             (long long)how.core);
  return 0;
}

/* How a process ended that gave no answer. */
static void describe_end(int status, result *out) {
  out->outcome = CRASHED;
  if (WIFSIGNALED(status))
    snprintf(out->message, sizeof out->message, "%s", strsignal(WTERMSIG(status)));
  else
    snprintf(out->message, sizeof out->message, "it ended the process with status %d", WEXITSTATUS(status));
}

static void set_timed_out(result *out) {
  out->outcome = TIMED_OUT;
  snprintf(out->message, sizeof out->message, "still running after %.3g s", how.timeout);
}

/*===-- One candidate
 * -------------------------------------------------------------------------------------===*/

static void measure_in_child(const char *library, int answer, result *out) {
  /* Should the runner not get a turn: it may share the processor with a candidate that hangs. */
  rlim_t cpu = (rlim_t)((how.timeout + 4 * how.seconds) * (double)how.threads) + 2;
  struct rlimit time = {cpu, cpu + 1};
  setrlimit(RLIMIT_CPU, &time);
  if (!*out->message)
    measure_here(&how, &expected, library, sweep, out);
  ssize_t written = write(answer, out, sizeof *out);
  _exit(written == (ssize_t)sizeof *out ? 0 : 1);
}

/* Ends the candidate's process and its children; whether it had ended by itself is in `status`. */
static int reap(pid_t child, double deadline, int *status) {
  /* It may have closed its end of the pipe and still run. */
  for (;;) {
    pid_t ended = waitpid(child, status, WNOHANG);
    if (ended == child) {
      kill(-child, SIGKILL);
      return 1;
    }
    if (ended < 0 && errno != EINTR)
      return 0;
    if (seconds_now() >= deadline)
      break;
    usleep(500);
  }
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  while (waitpid(child, status, 0) < 0 && errno == EINTR)
    ;
  return 0;
}

static void measure(const char *library, result *out) {
  int end;
  pid_t child = start_child(&end, out);
  if (child < 0)
    return;
  if (!child)
    measure_in_child(library, end, out);
  double deadline = seconds_now() + how.timeout + 4 * how.seconds;
  size_t got = 0;
  result answer;
  int timed_out = 0;
  while (got < sizeof answer) {
    double left = deadline - seconds_now();
    struct pollfd readable = {end, POLLIN, 0};
    int ready = left > 0 ? poll(&readable, 1, (int)(left * 1000) + 1) : 0;
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0) {
      timed_out = 1;
      break;
    }
    ssize_t n = read(end, (char *)&answer + got, sizeof answer - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += (size_t)n;
  }
  close(end);
  int status = 0;
  /* Once it has answered, it has a moment to end. */
  int ended = reap(child, got == sizeof answer ? seconds_now() + 0.1 : deadline, &status);
  if (got == sizeof answer && answer.outcome >= OK && answer.outcome <= FAILED) {
    *out = answer;
    out->message[sizeof out->message - 1] = 0;
  } else if (timed_out || !ended || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
    set_timed_out(out);
  } else {
    describe_end(status, out);
  }
}

static void print_message(const char *message) {
  printf("\"message\": \"");
  for (const char *c = message; *c; ++c)
    if (*c == '"' || *c == '\\')
      printf("\\%c", *c);
    else
      putchar((unsigned char)*c < ' ' || (unsigned char)*c > 126 ? ' ' : *c);
  putchar('"');
}

static const char *const outcomes[] = {"ok", "crashed", "timed out", "wrong", "failed"};

static void print(const result *r, double wall) {
  printf("{\"outcome\": \"%s\", \"ns\": %.17g, \"low\": %.17g, \"high\": %.17g, \"cold_ns\": %.17g, "
         "\"noise\": %.17g, "
         "\"runs\": %lld, \"wall_ms\": %.3f, ",
         outcomes[r->outcome], r->ns, r->low, r->high, r->cold_ns, r->noise, (long long)r->runs, wall * 1e3);
  print_message(r->message);
  puts("}");
  fflush(stdout);
}

static void measure_and_print(const char *file, const char *library) {
  result out;
  memset(&out, 0, sizeof out);
  double start = seconds_now();
  if (expectation_read(&expected, file, out.message, sizeof out.message))
    out.outcome = FAILED;
  else
    measure(library, &out);
  print(&out, seconds_now() - start);
}

/*===-- Whole models
 * -----------------------------------------------------------------------------------------===*/

/* All or nothing. */
static int write_all(int fd, const void *data, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t n = write(fd, (const char *)data + done, bytes - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return 1;
    done += (size_t)n;
  }
  return 0;
}

static int read_all(int fd, void *data, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t n = read(fd, (char *)data + done, bytes - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return 1;
    done += (size_t)n;
  }
  return 0;
}

/* Runs the models in a process of its own, and prints their times. */
static void turns_and_print(int count, char *const *libraries) {
  int end;
  int64_t steps = 0;
  result out, answer;
  double *times = NULL;
  pid_t child = start_child(&end, &out);
  if (!child) {
    if (!*out.message)
      run_in_turns(&how, turns, count, libraries, &times, &steps, &out);
    _exit(write_all(end, &out, sizeof out) || write_all(end, &steps, sizeof steps) ||
          (out.outcome == OK && write_all(end, times, (size_t)count * (size_t)(steps + 2) * sizeof *times)));
  }
  if (child > 0) {
    int answered = !read_all(end, &answer, sizeof answer) && !read_all(end, &steps, sizeof steps);
    if (answered && answer.outcome == OK) {
      size_t bytes = (size_t)count * (size_t)(steps + 2) * sizeof *times;
      times = malloc(bytes);
      answered = times && !read_all(end, times, bytes);
    }
    int status = 0;
    if (answered)
      kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
      ;
    if (answered)
      out = answer;
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
      set_timed_out(&out);
    else
      describe_end(status, &out);
  }
  printf("{\"outcome\": \"%s\", \"models\": [", outcomes[out.outcome]);
  for (int i = 0; out.outcome == OK && i < count; ++i) {
    const double *own = times + i * (steps + 2);
    printf("%s{\"total\": %.17g, \"difference\": %.17g, \"steps\": [", i ? ", " : "", own[0], own[1]);
    for (int64_t s = 0; s < steps; ++s)
      printf("%s%.17g", s ? ", " : "", own[2 + s]);
    printf("]}");
  }
  printf("], ");
  print_message(out.message);
  puts("}");
}

/*===-- The command line
 * ----------------------------------------------------------------------------------===*/

typedef struct flag {
  const char *name;
  int64_t *integer;
  double *real;
} flag;

static const flag flags[] = {{"--core", &how.core, NULL},
                             {"--threads", &how.threads, NULL},
                             {"--interval", NULL, &how.interval},
                             {"--seconds", NULL, &how.seconds},
                             {"--cold-runs", &how.cold_runs, NULL},
                             {"--sweep-bytes", &how.sweep_bytes, NULL},
                             {"--timeout", NULL, &how.timeout},
                             {"--memory-bytes", &how.memory_bytes, NULL},
                             {"--turns", NULL, &turns}};

/* Zero if the words are a flag and its value. */
static int set_flag(const char *name, const char *value) {
  for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i) {
    if (strcmp(name, flags[i].name) || !value || !*value)
      continue;
    char *end;
    if (flags[i].integer)
      *flags[i].integer = strtoll(value, &end, 10);
    else
      *flags[i].real = strtod(value, &end);
    return *end != 0;
  }
  return 1;
}

static int fail(const char *message, const char *word) {
  fprintf(stderr, "error: %s%s\n", message, word);
  return 1;
}

int main(int argc, char **argv) {
  int at = 1;
  if (argc == 2 && !strcmp(argv[1], "--describe")) {
    describe_machine();
    return 0;
  }
  for (; at < argc && !strncmp(argv[at], "--", 2); at += 2)
    if (set_flag(argv[at], argv[at + 1]))
      return fail("expected a flag of tenon-runner with a number, but got ", argv[at]);
  if (!(how.threads >= 1 && how.threads <= 1024 && how.seconds > 0 && how.seconds < 1e6 && how.timeout > 0 &&
        how.timeout < 1e6 && how.interval >= 0 && how.cold_runs >= 0 && how.sweep_bytes >= 0 &&
        how.memory_bytes >= 0 && turns >= 0 && turns < 1e6))
    return fail("expected flags in their range", "");
  null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null_fd < 0)
    return fail("cannot open /dev/null", "");
  if (turns > 0) {
    if (at == argc)
      return fail("expected models to run in turns", "");
    turns_and_print(argc - at, argv + at);
    return 0;
  }
  if ((argc - at) % 2)
    return fail("expected pairs of an expectation and a library", "");
  if (how.cold_runs) {
    if (!how.sweep_bytes)
      how.sweep_bytes = last_level_share();
    sweep = mmap(NULL, (size_t)how.sweep_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sweep == MAP_FAILED)
      return fail("no memory to sweep the caches with", "");
    madvise(sweep, (size_t)how.sweep_bytes, MADV_HUGEPAGE);
    memset(sweep, 1, (size_t)how.sweep_bytes); /* pages that are not there would be one page of zeros */
  }
  int from_input = at == argc;
  for (; at < argc; at += 2)
    measure_and_print(argv[at], argv[at + 1]);
  static char line[16384];
  while (from_input && fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *tab = strchr(line, '\t');
    if (!tab)
      return fail("expected an expectation, a tab and a library, but got ", line);
    *tab = 0;
    measure_and_print(line, tab + 1);
  }
  return 0;
}
