#include "calendar/windows_zones.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>

namespace almanac::calendar {
namespace {

struct WindowsZone {
  std::string_view name;
  std::string_view iana;
  std::string_view shown;  // without the offset in front; several, of several versions, with '|' between them
};

constexpr WindowsZone kZones[] = {
    {"AUS Central Standard Time", "Australia/Darwin", "Darwin"},
    {"AUS Eastern Standard Time", "Australia/Sydney", "Canberra, Melbourne, Sydney"},
    {"Afghanistan Standard Time", "Asia/Kabul", "Kabul"},
    {"Alaskan Standard Time", "America/Anchorage", "Alaska|Alaska Time"},
    {"Aleutian Standard Time", "America/Adak", "Aleutian Islands"},
    {"Altai Standard Time", "Asia/Barnaul", "Barnaul, Gorno-Altaysk"},
    {"Arab Standard Time", "Asia/Riyadh", "Kuwait, Riyadh"},
    {"Arabian Standard Time", "Asia/Dubai", "Abu Dhabi, Muscat"},
    {"Arabic Standard Time", "Asia/Baghdad", "Baghdad"},
    {"Argentina Standard Time", "America/Argentina/Buenos_Aires", "City of Buenos Aires|Buenos Aires"},
    {"Astrakhan Standard Time", "Europe/Astrakhan", "Astrakhan, Ulyanovsk"},
    {"Atlantic Standard Time", "America/Halifax", "Atlantic Time|Atlantic Time (Canada)"},
    {"Aus Central W. Standard Time", "Australia/Eucla", "Eucla"},
    {"Azerbaijan Standard Time", "Asia/Baku", "Baku"},
    {"Azores Standard Time", "Atlantic/Azores", "Azores"},
    {"Bahia Standard Time", "America/Bahia", "Salvador"},
    {"Bangladesh Standard Time", "Asia/Dhaka", "Dhaka"},
    {"Belarus Standard Time", "Europe/Minsk", "Minsk"},
    {"Bougainville Standard Time", "Pacific/Bougainville", "Bougainville Island"},
    {"Canada Central Standard Time", "America/Regina", "Saskatchewan"},
    {"Cape Verde Standard Time", "Atlantic/Cape_Verde", "Cabo Verde Is.|Cape Verde Is.|Cape Verde Islands"},
    {"Caucasus Standard Time", "Asia/Yerevan", "Yerevan|Baku, Tbilisi, Yerevan"},
    {"Cen. Australia Standard Time", "Australia/Adelaide", "Adelaide|Adelaide, Central Australia"},
    {"Central America Standard Time", "America/Guatemala", "Central America"},
    {"Central Asia Standard Time", "Asia/Bishkek", "Astana|Bishkek|Astana, Dhaka"},
    {"Central Brazilian Standard Time", "America/Cuiaba", "Cuiaba|Manaus"},
    {"Central Europe Standard Time", "Europe/Budapest",
     "Belgrade, Bratislava, Budapest, Ljubljana, Prague|Belgrade, Pozsony, Budapest, Ljubljana, Prague|Prague, Central "
     "Europe"},
    {"Central European Standard Time", "Europe/Warsaw", "Sarajevo, Skopje, Warsaw, Zagreb|Sarajevo, Warsaw, Zagreb"},
    {"Central Pacific Standard Time", "Pacific/Guadalcanal",
     "Solomon Is., New Caledonia|Magadan, Solomon Is., New Caledonia|Magadan, Solomon Islands, New Caledonia"},
    {"Central Standard Time", "America/Chicago", "Central Time|Central Time (US & Canada)"},
    {"Central Standard Time (Mexico)", "America/Mexico_City",
     "Guadalajara, Mexico City, Monterrey|Mexico City, Tegucigalpa|Mexico Standard Time"},
    {"Chatham Islands Standard Time", "Pacific/Chatham", "Chatham Islands"},
    {"China Standard Time", "Asia/Shanghai",
     "Beijing, Chongqing, Hong Kong, Urumqi|Beijing, Chongqing, Hong Kong SAR, Urumqi"},
    {"Cuba Standard Time", "America/Havana", "Havana"},
    {"Dateline Standard Time", "Etc/GMT+12", "International Date Line West"},
    {"E. Africa Standard Time", "Africa/Nairobi", "Nairobi|East Africa, Nairobi"},
    {"E. Australia Standard Time", "Australia/Brisbane", "Brisbane|Brisbane, East Australia"},
    {"E. Europe Standard Time", "Europe/Chisinau", "Chisinau|Bucharest"},
    {"E. South America Standard Time", "America/Sao_Paulo", "Brasilia"},
    {"Easter Island Standard Time", "Pacific/Easter", "Easter Island"},
    {"Eastern Standard Time", "America/New_York", "Eastern Time|Eastern Time (US & Canada)"},
    {"Eastern Standard Time (Mexico)", "America/Cancun", "Chetumal"},
    {"Egypt Standard Time", "Africa/Cairo", "Cairo"},
    {"Ekaterinburg Standard Time", "Asia/Yekaterinburg", "Ekaterinburg"},
    {"FLE Standard Time", "Europe/Kyiv",
     "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius|Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius|Helsinki, Riga, "
     "Tallinn"},
    {"Fiji Standard Time", "Pacific/Fiji",
     "Fiji|Fiji, Kamchatka, Marshall Is.|Fiji Islands, Kamchatka, Marshall Islands"},
    {"GMT Standard Time", "Europe/London",
     "Dublin, Edinburgh, Lisbon, London|Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London|Greenwich Mean Time; "
     "Dublin, Edinburgh, London"},
    {"GTB Standard Time", "Europe/Bucharest", "Athens, Bucharest|Athens, Bucharest, Istanbul"},
    {"Georgian Standard Time", "Asia/Tbilisi", "Tbilisi"},
    {"Greenland Standard Time", "America/Nuuk", "Greenland"},
    {"Greenwich Standard Time", "Atlantic/Reykjavik",
     "Monrovia, Reykjavik|Casablanca, Monrovia, Reykjavik|Casablanca, Monrovia"},
    {"Haiti Standard Time", "America/Port-au-Prince", "Haiti"},
    {"Hawaiian Standard Time", "Pacific/Honolulu", "Hawaii"},
    {"India Standard Time", "Asia/Kolkata",
     "Chennai, Kolkata, Mumbai, New Delhi|Bombay, Calcutta, Madras, New Delhi, India Standard Time"},
    {"Iran Standard Time", "Asia/Tehran", "Tehran"},
    {"Israel Standard Time", "Asia/Jerusalem", "Jerusalem|Israel, Jerusalem Standard Time"},
    {"Jordan Standard Time", "Asia/Amman", "Amman"},
    {"Kaliningrad Standard Time", "Europe/Kaliningrad", "Kaliningrad"},
    {"Korea Standard Time", "Asia/Seoul", "Seoul|Seoul, Korea Standard time"},
    {"Libya Standard Time", "Africa/Tripoli", "Tripoli"},
    {"Line Islands Standard Time", "Pacific/Kiritimati", "Kiritimati Island"},
    {"Lord Howe Standard Time", "Australia/Lord_Howe", "Lord Howe Island"},
    {"Magadan Standard Time", "Asia/Magadan", "Magadan"},
    {"Magallanes Standard Time", "America/Punta_Arenas", "Punta Arenas"},
    {"Marquesas Standard Time", "Pacific/Marquesas", "Marquesas Islands"},
    {"Mauritius Standard Time", "Indian/Mauritius", "Port Louis"},
    {"Middle East Standard Time", "Asia/Beirut", "Beirut"},
    {"Montevideo Standard Time", "America/Montevideo", "Montevideo"},
    {"Morocco Standard Time", "Africa/Casablanca", "Casablanca"},
    {"Mountain Standard Time", "America/Denver", "Mountain Time|Mountain Time (US & Canada)"},
    {"Mountain Standard Time (Mexico)", "America/Mazatlan",
     "La Paz, Mazatlan|Chihuahua, La Paz, Mazatlan|Mexico Standard Time 2"},
    {"Myanmar Standard Time", "Asia/Yangon", "Yangon (Rangoon)|Rangoon"},
    {"N. Central Asia Standard Time", "Asia/Novosibirsk", "Novosibirsk|Almaty, Novosibirsk"},
    {"Namibia Standard Time", "Africa/Windhoek", "Windhoek"},
    {"Nepal Standard Time", "Asia/Kathmandu", "Kathmandu"},
    {"New Zealand Standard Time", "Pacific/Auckland", "Auckland, Wellington"},
    {"Newfoundland Standard Time", "America/St_Johns", "Newfoundland"},
    {"Norfolk Standard Time", "Pacific/Norfolk", "Norfolk Island"},
    {"North Asia East Standard Time", "Asia/Irkutsk", "Irkutsk|Irkutsk, Ulaanbaatar"},
    {"North Asia Standard Time", "Asia/Krasnoyarsk", "Krasnoyarsk"},
    {"North Korea Standard Time", "Asia/Pyongyang", "Pyongyang"},
    {"Omsk Standard Time", "Asia/Omsk", "Omsk"},
    {"Pacific SA Standard Time", "America/Santiago", "Santiago"},
    {"Pacific Standard Time", "America/Los_Angeles",
     "Pacific Time|Pacific Time (US & Canada)|Pacific Time (US & Canada); Tijuana"},
    {"Pacific Standard Time (Mexico)", "America/Tijuana", "Baja California|Tijuana, Baja California"},
    {"Pakistan Standard Time", "Asia/Karachi", "Islamabad, Karachi"},
    {"Paraguay Standard Time", "America/Asuncion", "Asuncion"},
    {"Qyzylorda Standard Time", "Asia/Qyzylorda", "Qyzylorda"},
    {"Romance Standard Time", "Europe/Paris",
     "Brussels, Copenhagen, Madrid, Paris|Paris, Madrid, Brussels, Copenhagen"},
    {"Russia Time Zone 10", "Asia/Srednekolymsk", "Chokurdakh"},
    {"Russia Time Zone 11", "Asia/Kamchatka",
     "Anadyr, Petropavlovsk-Kamchatsky|Petropavlovsk-Kamchatsky|Kamchatka Standard Time"},
    {"Russia Time Zone 3", "Europe/Samara", "Izhevsk, Samara"},
    {"Russian Standard Time", "Europe/Moscow", "Moscow, St. Petersburg|Moscow, St. Petersburg, Volgograd"},
    {"SA Eastern Standard Time", "America/Cayenne", "Cayenne, Fortaleza|Buenos Aires, Georgetown"},
    {"SA Pacific Standard Time", "America/Bogota", "Bogota, Lima, Quito, Rio Branco|Bogota, Lima, Quito"},
    {"SA Western Standard Time", "America/La_Paz",
     "Georgetown, La Paz, Manaus, San Juan|Georgetown, La Paz, San Juan|Caracas, La Paz"},
    {"SE Asia Standard Time", "Asia/Bangkok", "Bangkok, Hanoi, Jakarta"},
    {"Saint Pierre Standard Time", "America/Miquelon", "Saint Pierre and Miquelon"},
    {"Sakhalin Standard Time", "Asia/Sakhalin", "Sakhalin"},
    {"Samoa Standard Time", "Pacific/Apia", "Samoa"},
    {"Sao Tome Standard Time", "Africa/Sao_Tome", "Sao Tome"},
    {"Saratov Standard Time", "Europe/Saratov", "Saratov"},
    {"Singapore Standard Time", "Asia/Singapore", "Kuala Lumpur, Singapore|Singapore"},
    {"South Africa Standard Time", "Africa/Johannesburg", "Harare, Pretoria"},
    {"South Sudan Standard Time", "Africa/Juba", "Juba"},
    {"Sri Lanka Standard Time", "Asia/Colombo", "Sri Jayawardenepura"},
    {"Sudan Standard Time", "Africa/Khartoum", "Khartoum"},
    {"Syria Standard Time", "Asia/Damascus", "Damascus"},
    {"Taipei Standard Time", "Asia/Taipei", "Taipei"},
    {"Tasmania Standard Time", "Australia/Hobart", "Hobart|Hobart, Tasmania"},
    {"Tocantins Standard Time", "America/Araguaina", "Araguaina"},
    {"Tokyo Standard Time", "Asia/Tokyo", "Osaka, Sapporo, Tokyo|Tokyo, Osaka, Sapporo, Seoul"},
    {"Tomsk Standard Time", "Asia/Tomsk", "Tomsk"},
    {"Tonga Standard Time", "Pacific/Tongatapu", "Nuku'alofa|Nuku'alofa, Tonga"},
    {"Transbaikal Standard Time", "Asia/Chita", "Chita"},
    {"Turkey Standard Time", "Europe/Istanbul", "Istanbul"},
    {"Turks And Caicos Standard Time", "America/Grand_Turk", "Turks and Caicos"},
    {"US Eastern Standard Time", "America/Indiana/Indianapolis", "Indiana (East)"},
    {"US Mountain Standard Time", "America/Phoenix", "Arizona"},
    {"UTC", "Etc/UTC", "Coordinated Universal Time"},
    {"UTC+12", "Etc/GMT-12", "Coordinated Universal Time+12"},
    {"UTC+13", "Etc/GMT-13", "Coordinated Universal Time+13"},
    {"UTC-02", "Etc/GMT+2", "Coordinated Universal Time-02|Mid-Atlantic|Mid-Atlantic Standard Time"},
    {"UTC-08", "Etc/GMT+8", "Coordinated Universal Time-08"},
    {"UTC-09", "Etc/GMT+9", "Coordinated Universal Time-09"},
    {"UTC-11", "Etc/GMT+11", "Coordinated Universal Time-11"},
    {"Ulaanbaatar Standard Time", "Asia/Ulaanbaatar", "Ulaanbaatar"},
    {"Venezuela Standard Time", "America/Caracas", "Caracas"},
    {"Vladivostok Standard Time", "Asia/Vladivostok", "Vladivostok"},
    {"Volgograd Standard Time", "Europe/Volgograd", "Volgograd"},
    {"W. Australia Standard Time", "Australia/Perth", "Perth"},
    {"W. Central Africa Standard Time", "Africa/Lagos", "West Central Africa"},
    {"W. Europe Standard Time", "Europe/Berlin",
     "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna|Berlin, Stockholm, Rome, Bern, Brussels, Vienna"},
    {"W. Mongolia Standard Time", "Asia/Hovd", "Hovd"},
    {"West Asia Standard Time", "Asia/Tashkent", "Ashgabat, Tashkent|Tashkent|Islamabad, Karachi, Tashkent"},
    {"West Bank Standard Time", "Asia/Hebron", "Gaza, Hebron"},
    {"West Pacific Standard Time", "Pacific/Port_Moresby", "Guam, Port Moresby"},
    {"Yakutsk Standard Time", "Asia/Yakutsk", "Yakutsk"},
    {"Yukon Standard Time", "America/Whitehorse", "Yukon"},
};

// Versions differ in case, in "&" and "and", and in what stands between the cities: letters, digits and signs remain.
std::string key_of(std::string_view name) {
  std::string key, word;
  const auto end_word = [&] {
    if (word != "and") key += word;
    word.clear();
  };
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '+' || c == '-')
      word += static_cast<char>(std::tolower(byte));
    else
      end_word();
  }
  end_word();
  return key;
}

std::string_view without_offset(std::string_view name) {
  const std::string front = key_of(name.substr(0, 4));
  const std::size_t end = name.find(')');
  const bool offset = name.starts_with('(') && (front == "utc" || front == "gmt") && end != std::string_view::npos;
  return offset ? name.substr(end + 1) : name;
}

std::string_view without_number(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  return end != std::string_view::npos && name[end] == ' ' ? name.substr(0, end) : name;
}

const std::map<std::string, std::string_view>& zones_by_key() {
  static const auto zones = [] {
    std::map<std::string, std::string_view> made;
    for (const WindowsZone& zone : kZones) made.emplace(key_of(zone.name), zone.iana);
    for (const WindowsZone& zone : kZones) {
      for (std::string_view rest = zone.shown; !rest.empty();) {
        const std::string_view text = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(rest.size(), text.size() + 1));
        made.emplace(key_of(text), zone.iana);
      }
    }
    return made;
  }();
  return zones;
}

std::string_view lookup(const std::string& key) {
  const auto found = zones_by_key().find(key);
  return found == zones_by_key().end() ? std::string_view{} : found->second;
}

}  // namespace

std::string_view windows_zone(std::string_view name) {
  const std::string_view text = without_offset(name);
  if (key_of(text).empty()) {
    const std::string whole = key_of(name);
    return whole == "utc" || whole == "gmt" ? "Etc/UTC" : "";
  }
  if (const auto found = lookup(key_of(text)); !found.empty()) return found;
  std::string key = key_of(without_number(text));
  if (const auto found = lookup(key); !found.empty()) return found;
  // The summer half of the pair of names that Windows has for a zone.
  constexpr std::string_view kSummer = "daylighttime";
  if (!key.ends_with(kSummer)) return {};
  return lookup(key.replace(key.size() - kSummer.size(), kSummer.size(), "standardtime"));
}

}  // namespace almanac::calendar
