// Takes the place of libraries in the Lambda zip that others load and nothing here uses: 42 MB that every cold start
// would unpack and link. scripts/lambda-zip.sh proves that no function is missing.
#include <stdlib.h>
#include <unistd.h>

// RTMP and LDAP (with all of GnuTLS and SASL behind them): protocols of libcurl, which is never asked for another one
// than HTTP (src/adapters/http/curl_transport.cc). ldap_* and ber_* carry a version: absent.map.
#define ABSENT(name)                                                                                \
  void name(void) {                                                                                 \
    static const char message[] = #name " was called, which the build for Lambda leaves out\n";     \
    if (write(2, message, sizeof message - 1) > 0) abort();                                         \
    abort();                                                                                        \
  }
ABSENT(RTMP_Alloc)
ABSENT(RTMP_Close)
ABSENT(RTMP_Connect1)
ABSENT(RTMP_ConnectStream)
ABSENT(RTMP_Free)
ABSENT(RTMP_Init)
ABSENT(RTMP_Read)
ABSENT(RTMP_SetBufferMS)
ABSENT(RTMP_SetupURL)
ABSENT(RTMP_Write)
ABSENT(ldap_abandon_ext)
ABSENT(ldap_err2string)
ABSENT(ldap_free_urldesc)
ABSENT(ldap_get_attribute_ber)
ABSENT(ldap_get_dn_ber)
ABSENT(ldap_get_option)
ABSENT(ldap_init_fd)
ABSENT(ldap_memfree)
ABSENT(ldap_msgfree)
ABSENT(ldap_msgtype)
ABSENT(ldap_parse_result)
ABSENT(ldap_parse_sasl_bind_result)
ABSENT(ldap_pvt_url_scheme2proto)
ABSENT(ldap_result)
ABSENT(ldap_sasl_bind)
ABSENT(ldap_search_ext)
ABSENT(ldap_set_option)
ABSENT(ldap_start_tls)
ABSENT(ldap_unbind_ext)
ABSENT(ldap_url_parse)
ABSENT(ber_bvfree)
ABSENT(ber_free)
ABSENT(ber_memfree)
ABSENT(ber_memvfree)
ABSENT(ber_sockbuf_add_io)

// ICU, for libical's own iterator over RRULE; src/calendar has an engine of its own. "Unsupported" is what libical takes
// as a rule that it cannot expand.
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
