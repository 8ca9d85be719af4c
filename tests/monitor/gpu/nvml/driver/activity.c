/* Who is on a GPU, what its SMs do, and which events it tells. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

#define MOST_PROCESSES 64

/* `gpu 0 process PID BYTES [compute|graphics|mps] [SM_PERCENT]`; BYTES may be na. */
static int parse_process(const Statement *s, const char *kind, Process *process, unsigned *sm) {
  char pid[32] = "", bytes[32] = "", its[16] = "compute";
  *sm = 0;
  sscanf(s->value, "%31s %31s %15s %u", pid, bytes, its, sm);
  *process = (Process){.pid = scenario_pid(pid), .gpu_instance = -1u, .compute_instance = -1u};
  process->used = strcmp(bytes, "na") ? (u64)atof(bytes) : ~0ull;
  return process->pid != 0 && (kind == NULL || !strcmp(kind, its));
}

static int list(const Device *device, const char *kind, unsigned *count, Process *into) {
  Process process;
  unsigned sm, found = 0, room = into ? *count : 0;
  for (Statement *s = NULL; (s = scenario_next(s, device, "process", scenario_now()));) {
    if (!parse_process(s, kind, &process, &sm)) continue;
    if (found < room) into[found] = process;
    found++;
  }
  *count = found;
  return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

#define LISTING(function, kind)                                                    \
  EXPORT int function(Device *device, unsigned *count, Process *into) {            \
    ENTER(device);                                                                 \
    return list(device, kind, count, into);                                        \
  }

LISTING(nvmlDeviceGetComputeRunningProcesses_v2, "compute")
LISTING(nvmlDeviceGetGraphicsRunningProcesses_v2, "graphics")
LISTING(nvmlDeviceGetMPSComputeRunningProcesses_v2, "mps")
#ifndef OLD_DRIVER
LISTING(nvmlDeviceGetComputeRunningProcesses_v3, "compute")
LISTING(nvmlDeviceGetGraphicsRunningProcesses_v3, "graphics")
LISTING(nvmlDeviceGetMPSComputeRunningProcesses_v3, "mps")
#endif

/* One fresh row for each process that has an SM share, and rows of rubbish where `process_rubbish` is said. */
EXPORT int nvmlDeviceGetProcessUtilization(Device *device, ProcessUtilization *into, unsigned *count, u64 seen) {
  ENTER(device);
  if (device->instance >= 0) return NOT_SUPPORTED;
  double now = scenario_now();
  unsigned found = 0, room = into ? *count : 0, sm;
  Process process;
  for (Statement *s = NULL; (s = scenario_next(s, device, "process", now));)
    if (parse_process(s, NULL, &process, &sm) && ++found <= room)
      into[found - 1] = (ProcessUtilization){process.pid, seen + 166667, sm, 0, 0, 0};
  for (unsigned i = (unsigned)scenario_number(device, "process_rubbish", now, 0); i; i--)
    if (++found <= room) into[found - 1] = (ProcessUtilization){4000000000u + i, seen / 2, 4711, 4711, 0, 0};
  *count = found;
  if (found == 0) return NOT_FOUND;
  return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

EXPORT int nvmlEventSetCreate(int **set) {
  static int only;
  ENTER(NULL);
  *set = &only;
  return SUCCESS;
}

EXPORT int nvmlDeviceRegisterEvents(Device *device, u64 types, int *set) {
  ENTER(device);
  (void)set;
  return types == 8 ? SUCCESS : NOT_SUPPORTED; /* Xid errors */
}

EXPORT int nvmlEventSetWait_v2(int *set, Event *event, unsigned milliseconds) {
  static Device devices[16];
  ENTER(NULL);
  (void)set, (void)milliseconds;
  for (int gpu = 0; gpu < 16; gpu++) {
    devices[gpu] = (Device){gpu, -1};
    for (Statement *s = NULL; (s = scenario_next(s, &devices[gpu], "xid", scenario_now()));) {
      if (s->told) continue;
      s->told = 1;
      *event = (Event){&devices[gpu], 8, (u64)atoi(s->value), -1u, -1u};
      return SUCCESS;
    }
  }
  return TIMEOUT;
}

EXPORT int nvmlEventSetFree(int *set) {
  ENTER(NULL);
  (void)set;
  return SUCCESS;
}

#ifndef OLD_DRIVER
EXPORT int nvmlGpmQueryDeviceSupport(Device *device, GpmSupport *support) {
  ENTER(device);
  support->supported = (unsigned)scenario_knows(device, "sm_active");
  return SUCCESS;
}

EXPORT int nvmlGpmSampleAlloc(GpmSample **sample) {
  ENTER(NULL);
  *sample = calloc(1, sizeof **sample);
  return SUCCESS;
}

EXPORT int nvmlGpmSampleFree(GpmSample *sample) {
  free(sample);
  return SUCCESS;
}

EXPORT int nvmlGpmSampleGet(Device *device, GpmSample *sample) {
  ENTER(device);
  if (!scenario_knows(device, "sm_active")) return NOT_SUPPORTED;
  *sample = (GpmSample){*device, scenario_now()};
  return SUCCESS;
}

EXPORT int nvmlGpmMetricsGet(GpmRequest *request) {
  Device device = request->sample1->device;
  ENTER(&device);
  double begin = request->sample1->time, end = request->sample2->time;
  for (unsigned i = 0; i < request->metrics_asked; i++) {
    GpmMetric *metric = &request->metrics[i];
    const char *key = metric->id == 2 ? "sm_active" : metric->id == 3 ? "sm_occupied" : "tensor_active";
    metric->code = end > begin ? SUCCESS : NOT_SUPPORTED;
    metric->value = end > begin ? scenario_integral(&device, key, begin, end, 0) / (end - begin) : 0;
  }
  return SUCCESS;
}
#endif
