/* The part of NVML's binary interface that the stand-in offers; layouts as in the pynvml that loads it. */

#ifndef ABI_H
#define ABI_H

#include "scenario.h"

enum {
  SUCCESS = 0,
  UNINITIALIZED = 1,
  INVALID_ARGUMENT = 2,
  NOT_SUPPORTED = 3,
  NOT_FOUND = 6,
  INSUFFICIENT_SIZE = 7,
  DRIVER_NOT_LOADED = 9,
  TIMEOUT = 10,
};

typedef unsigned long long u64;

typedef struct { u64 total, free, used; } Memory;
typedef struct { unsigned version; u64 total, reserved, free, used; } Memory2;
typedef struct { unsigned gpu, memory; } Utilization;
typedef union { double real; unsigned small; u64 large; } Value;
typedef struct { u64 stamp; Value value; } Sample;
typedef struct { u64 reference, violation; } Violation;
typedef struct {
  unsigned field, scope;
  long long stamp, latency;
  unsigned type, code;
  Value value;
} Field;
typedef struct { unsigned pid; u64 used; unsigned gpu_instance, compute_instance; } Process;
typedef struct { unsigned pid; u64 stamp; unsigned sm, memory, encoder, decoder; } ProcessUtilization;
typedef struct { Device *device; u64 type, data; unsigned gpu_instance, compute_instance; } Event;
typedef struct { unsigned version, sensor; int temperature; } Temperature;
typedef struct {
  char legacy[16];
  unsigned domain, bus, device, id, subsystem;
  char bus_id[32];
} Pci;
typedef struct { Device device; double time; } GpmSample;
typedef struct {
  unsigned id, code;
  double value;
  const char *names[3];
} GpmMetric;
typedef struct {
  unsigned version, metrics_asked;
  GpmSample *sample1, *sample2;
  GpmMetric metrics[];
} GpmRequest;
typedef struct { unsigned version, supported; } GpmSupport;

/* How often nvmlInit is ahead of nvmlShutdown. */
extern int initialized;

/* First line of each function: hang, fail or refuse as the scenario wants it. */
#define ENTER(device)                                   \
  do {                                                  \
    if (!initialized) return UNINITIALIZED;             \
    int code_ = scenario_call(__func__, device);        \
    if (code_) return code_;                            \
  } while (0)

#define EXPORT __attribute__((visibility("default")))

#endif
