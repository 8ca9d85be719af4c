/* Levels and counters of one GPU. */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "abi.h"

#define RING 99          /* samples that the driver keeps */
#define PERIOD (1 / 6.0) /* seconds between them */

static int is_instance(const Device *device) { return device->instance >= 0; }

static int has_mig(const Device *device) { return scenario_number(device, "mig", scenario_now(), 0) != 0; }

static u64 level(const Device *device, const char *key, double otherwise) {
  return (u64)scenario_number(device, key, scenario_now(), otherwise);
}

static Memory2 memory_of(const Device *device) {
  Memory2 memory = {.total = level(device, "total", 80.0 * (1 << 30)), .used = level(device, "used", 0)};
  memory.reserved = memory.total ? level(device, "reserved", 0) : 0;
  memory.free = memory.total ? memory.total - memory.reserved - memory.used : 0;
  return memory;
}

EXPORT int nvmlDeviceGetMemoryInfo(Device *device, Memory *memory) {
  ENTER(device);
  Memory2 now = memory_of(device);
  *memory = (Memory){now.total, now.free, now.total - now.free};
  return SUCCESS;
}

#ifndef OLD_DRIVER
EXPORT int nvmlDeviceGetMemoryInfo_v2(Device *device, Memory2 *memory) {
  ENTER(device);
  unsigned version = memory->version;
  *memory = memory_of(device);
  memory->version = version;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetTemperatureV(Device *device, Temperature *temperature) {
  ENTER(device);
  temperature->temperature = (int)level(device, "temperature", 40);
  return SUCCESS;
}
#endif

/* Percent of the sample period number `index`, as the driver rounds it. */
static unsigned percent(const Device *device, const char *key, double index) {
  double end = index * PERIOD;
  return (unsigned)lround(scenario_integral(device, key, end - PERIOD, end, 0) / PERIOD);
}

EXPORT int nvmlDeviceGetUtilizationRates(Device *device, Utilization *rates) {
  ENTER(device);
  if (is_instance(device) || has_mig(device)) return NOT_SUPPORTED;
  double index = floor(scenario_now() / PERIOD);
  *rates = (Utilization){percent(device, "busy", index), percent(device, "memory_busy", index)};
  return SUCCESS;
}

/* Where the clock of the sample stamps stood at time 0, in microseconds. */
static double stamp_zero(void) {
  struct timespec now;
  int boot = !strcmp(scenario_text(NULL, "sample_clock", 0, "unix"), "boot");
  clock_gettime(boot ? CLOCK_BOOTTIME : CLOCK_REALTIME, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3 - scenario_now() * 1e6;
}

EXPORT int nvmlDeviceGetSamples(Device *device, unsigned type, u64 seen, unsigned *kind, unsigned *count, Sample *into) {
  static double zero;
  ENTER(device);
  if (is_instance(device) || has_mig(device) || type > 2) return NOT_SUPPORTED;
  if (zero == 0) zero = stamp_zero(); /* once: a sample keeps its stamp */
  *kind = 1;
  if (into == NULL) {
    *count = RING;
    return SUCCESS;
  }
  double newest = floor(scenario_now() / PERIOD);
  unsigned found = 0;
  for (double i = fmax(1, newest - RING + 1); i <= newest && !scenario_knows(device, "no_samples"); i++) {
    u64 stamp = (u64)(zero + i * PERIOD * 1e6);
    if (stamp <= seen) continue;
    into[found].stamp = stamp;
    into[found++].value.small = percent(device, type == 1 ? "busy" : "memory_busy", i);
  }
  *count = found;
  return found ? SUCCESS : NOT_FOUND;
}

EXPORT int nvmlDeviceGetPowerUsage(Device *device, unsigned *milliwatts) {
  ENTER(device);
  if (is_instance(device)) return NOT_SUPPORTED;
  *milliwatts = (unsigned)(1000 * scenario_number(device, "power", scenario_now(), 100));
  return SUCCESS;
}

EXPORT int nvmlDeviceGetTotalEnergyConsumption(Device *device, u64 *millijoules) {
  ENTER(device);
  if (is_instance(device)) return NOT_SUPPORTED;
  *millijoules = (u64)(1000 * (5000 + scenario_integral(device, "power", 0, scenario_now(), 100)));
  return SUCCESS;
}

EXPORT int nvmlDeviceGetTemperature(Device *device, unsigned sensor, unsigned *celsius) {
  ENTER(device);
  if (is_instance(device) || sensor) return NOT_SUPPORTED;
  *celsius = (unsigned)level(device, "temperature", 40);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetClockInfo(Device *device, unsigned type, unsigned *megahertz) {
  ENTER(device);
  if (is_instance(device)) return NOT_SUPPORTED;
  *megahertz = (unsigned)level(device, type == 2 ? "memory_clock" : "sm_clock", 1500);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetViolationStatus(Device *device, unsigned policy, Violation *violation) {
  ENTER(device);
  if (is_instance(device) || policy > 1) return NOT_SUPPORTED;
  const char *key = policy ? "throttle_thermal" : "throttle_power";
  double now = scenario_now();
  *violation = (Violation){(u64)(now * 1e6), (u64)(1e9 * scenario_integral(device, key, 0, now, 0))};
  return SUCCESS;
}

/* The fields by number: what the scenario calls them, whether it gives a rate, and the unit that NVML counts in. */
static const struct {
  unsigned field;
  const char *key;
  int is_rate;
  double scale;
} FIELDS[] = {
    {3, "ecc_corrected", 0, 1},     {4, "ecc_uncorrected", 0, 1},     {74, "throttle_power", 1, 1e9},
    {75, "throttle_thermal", 1, 1e9}, {82, "memory_temperature", 0, 1}, {138, "nvlink_sent", 1, 1 / 1024.0},
    {139, "nvlink_received", 1, 1 / 1024.0}, {185, "power_average", 0, 1e3}, {186, "power_instant", 0, 1e3},
    {197, "pcie_sent", 1, 1},       {198, "pcie_received", 1, 1},
};

static void read_field(const Device *device, Field *field) {
  double now = scenario_now();
  field->code = NOT_SUPPORTED;
  for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
    if (FIELDS[i].field != field->field || !scenario_knows(device, FIELDS[i].key)) continue;
    double value = FIELDS[i].is_rate ? scenario_integral(device, FIELDS[i].key, 0, now, 0)
                                     : scenario_number(device, FIELDS[i].key, now, 0);
    field->type = 3;
    field->value.large = (u64)(value * FIELDS[i].scale);
    field->code = SUCCESS;
  }
}

EXPORT int nvmlDeviceGetFieldValues(Device *device, int count, Field *fields) {
  ENTER(device);
  if (is_instance(device)) return NOT_SUPPORTED;
  for (int i = 0; i < count; i++) read_field(device, &fields[i]);
  return SUCCESS;
}
