#include "scenario.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_STATEMENTS 512
#define STEP 0.005 /* of integration, in seconds */

static Statement statements[MOST_STATEMENTS];
static int count;
static double zero;
static char folder[512];

static double monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + now.tv_nsec / 1e9;
}

double scenario_now(void) {
  double now = monotonic() - zero, skipped = 0;
  for (Statement *s = statements; s < statements + count; s++)
    if (s->system && !strcmp(s->key, "skip") && now >= s->begin) skipped += atof(s->value);
  return now + skipped;
}

/* The zero is kept in a file beside the scenario, for a helper process that is started anew goes on in time. */
static void find_zero(const char *path) {
  char name[600], text[64] = "";
  snprintf(name, sizeof name, "%s.zero", path);
  int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  zero = monotonic();
  if (fd >= 0) {
    dprintf(fd, "%.9f\n", zero);
    close(fd);
    return;
  }
  while (strchr(text, '\n') == NULL) {
    fd = open(name, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    close(fd);
  }
  zero = atof(text);
}

static char *word(char **rest) {
  char *found = strtok_r(NULL, " \t\n", rest);
  return found ? found : "";
}

static void parse(char *line) {
  Statement *s = &statements[count];
  char *rest, *text = strtok_r(line, " \t\n", &rest);
  if (text == NULL || *text == '#') return;
  *s = (Statement){.end = INFINITY, .gpu = -1, .instance = -1};
  for (; *text; text = word(&rest)) {
    if (!strcmp(text, "at")) s->begin = atof(word(&rest));
    else if (!strcmp(text, "until")) s->end = atof(word(&rest));
    else if (!strcmp(text, "every")) s->period = atof(word(&rest));
    else if (!strcmp(text, "for")) s->length = atof(word(&rest));
    else break;
  }
  s->system = !strcmp(text, "system");
  if (!s->system) {
    char *which = word(&rest), *slash = strchr(which, '/');
    s->gpu = *which == '*' ? -1 : atoi(which);
    if (slash) s->instance = atoi(slash + 1);
  }
  snprintf(s->key, sizeof s->key, "%s", word(&rest));
  snprintf(s->value, sizeof s->value, "%s", rest ? rest + strspn(rest, " \t") : "");
  s->value[strcspn(s->value, "\n")] = 0;
  count++;
}

int scenario_load(void) {
  const char *path = getenv("PERFMON_TEST_NVML");
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[512];
  if (file == NULL) return 0;
  count = 0;
  while (count < MOST_STATEMENTS && fgets(line, sizeof line, file)) parse(line);
  fclose(file);
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash) *slash = 0;
  find_zero(path);
  return 1;
}

static int is_about(const Statement *s, const Device *device) {
  if (s->system || device == NULL) return s->system && device == NULL;
  return (s->gpu == device->gpu || s->gpu == -1) && s->instance == device->instance;
}

static int holds(const Statement *s, double t) {
  if (t < s->begin || t >= s->end) return 0;
  return s->period == 0 || fmod(t - s->begin, s->period) < s->length;
}

Statement *scenario_next(Statement *after, const Device *device, const char *key, double t) {
  for (Statement *s = after ? after + 1 : statements; s < statements + count; s++)
    if (is_about(s, device) && !strcmp(s->key, key) && holds(s, t)) return s;
  return NULL;
}

int scenario_knows(const Device *device, const char *key) {
  for (Statement *s = statements; s < statements + count; s++)
    if (is_about(s, device) && !strcmp(s->key, key)) return 1;
  return 0;
}

const char *scenario_text(const Device *device, const char *key, double t, const char *otherwise) {
  for (Statement *s = NULL; (s = scenario_next(s, device, key, t));) otherwise = s->value;
  return otherwise;
}

double scenario_number(const Device *device, const char *key, double t, double otherwise) {
  const char *text = scenario_text(device, key, t, NULL);
  return text ? atof(text) : otherwise;
}

double scenario_integral(const Device *device, const char *key, double begin, double end, double otherwise) {
  double sum = 0;
  if (begin < 0) begin = 0;
  for (double t = begin; t < end; t += STEP)
    sum += scenario_number(device, key, t, otherwise) * fmin(STEP, end - t);
  return sum;
}

static int matches(const char *pattern, const char *function) {
  size_t length = strcspn(pattern, " ");
  return *pattern == '*' || (strlen(function) == length && !strncmp(pattern, function, length));
}

static const char *after_word(const char *text) {
  text += strcspn(text, " ");
  return text + strspn(text, " ");
}

int scenario_call(const char *function, const Device *device) {
  double t = scenario_now();
  int code = 0;
  for (Statement *s = NULL; (s = scenario_next(s, device, "hang", t));)
    if (matches(s->value, function)) usleep((useconds_t)(atof(after_word(s->value)) * 1e6));
  for (Statement *s = NULL; (s = scenario_next(s, device, "fault", t));) {
    if (!matches(s->value, function)) continue;
    const char *which = after_word(s->value);
    long every = atol(after_word(which));
    if (every < 2 || ++s->calls % every == 0) code = atoi(which);
  }
  return code;
}

unsigned scenario_pid(const char *text) {
  char name[600], line[32] = "";
  if (*text != '$') return (unsigned)atol(text);
  snprintf(name, sizeof name, "%s/%.*s.pid", folder, (int)strcspn(text + 1, " "), text + 1);
  FILE *file = fopen(name, "r");
  if (file == NULL) return 0;
  if (fgets(line, sizeof line, file) == NULL) line[0] = 0;
  fclose(file);
  return (unsigned)atol(line);
}
