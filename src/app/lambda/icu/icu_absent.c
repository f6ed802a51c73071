// Takes the place of ICU (36 MB) in the Lambda zip. libical calls it for one thing only, its own iterator over RRULE,
// which src/calendar does not use (it has an engine of its own). Every function says "unsupported", which libical takes
// as a rule it cannot expand. The list is what libical 3.0.16 imports; scripts/lambda-zip.sh compares.
#define UNSUPPORTED 16  // U_UNSUPPORTED_ERROR of unicode/utypes.h

typedef int ErrorCode;

void* u_strFromUTF8Lenient_72(void* to, int capacity, int* length, const char* from, int size, ErrorCode* status) {
  (void)to, (void)capacity, (void)from, (void)size;
  if (length) *length = 0;
  *status = UNSUPPORTED;
  return 0;
}
int uloc_setKeywordValue_72(const char* name, const char* value, char* buffer, int capacity, ErrorCode* status) {
  (void)name, (void)value, (void)buffer, (void)capacity;
  *status = UNSUPPORTED;
  return 0;
}
void* ucal_open_72(const void* zone, int length, const char* locale, int type, ErrorCode* status) {
  (void)zone, (void)length, (void)locale, (void)type;
  *status = UNSUPPORTED;
  return 0;
}
void* ucal_getKeywordValuesForLocale_72(const char* key, const char* locale, signed char common, ErrorCode* status) {
  (void)key, (void)locale, (void)common;
  *status = UNSUPPORTED;
  return 0;
}
const char* uenum_next_72(void* values, int* length, ErrorCode* status) {
  (void)values;
  if (length) *length = 0;
  *status = UNSUPPORTED;
  return 0;
}
int ucal_get_72(const void* calendar, int field, ErrorCode* status) {
  (void)calendar, (void)field;
  *status = UNSUPPORTED;
  return 0;
}
int ucal_getLimit_72(const void* calendar, int field, int type, ErrorCode* status) {
  (void)calendar, (void)field, (void)type;
  *status = UNSUPPORTED;
  return 0;
}
double ucal_getMillis_72(const void* calendar, ErrorCode* status) {
  (void)calendar;
  *status = UNSUPPORTED;
  return 0;
}
void ucal_add_72(void* calendar, int field, int amount, ErrorCode* status) {
  (void)calendar, (void)field, (void)amount;
  *status = UNSUPPORTED;
}
void ucal_setMillis_72(void* calendar, double time, ErrorCode* status) {
  (void)calendar, (void)time;
  *status = UNSUPPORTED;
}
void ucal_setDate_72(void* calendar, int year, int month, int day, ErrorCode* status) {
  (void)calendar, (void)year, (void)month, (void)day;
  *status = UNSUPPORTED;
}
void ucal_setDateTime_72(void* calendar, int year, int month, int day, int hour, int minute, int second,
                         ErrorCode* status) {
  (void)calendar, (void)year, (void)month, (void)day, (void)hour, (void)minute, (void)second;
  *status = UNSUPPORTED;
}
void ucal_set_72(void* calendar, int field, int value) {
  (void)calendar, (void)field, (void)value;
}
void ucal_setAttribute_72(void* calendar, int attribute, int value) {
  (void)calendar, (void)attribute, (void)value;
}
void ucal_close_72(void* calendar) {
  (void)calendar;
}
void uenum_close_72(void* values) {
  (void)values;
}
