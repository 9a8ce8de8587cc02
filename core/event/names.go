package event

import "github.com/libposthog/libposthog/core/codec"

// The names and values that the library itself writes, quoted once.
var (
	nameEvent                = codec.Value(`"event"`)
	nameProperties           = codec.Value(`"properties"`)
	nameSet                  = codec.Value(`"$set"`)
	nameSetOnce              = codec.Value(`"$set_once"`)
	nameUnset                = codec.Value(`"$unset"`)
	nameDistinctID           = codec.Value(`"distinct_id"`)
	nameCookielessMode       = codec.Value(`"$cookieless_mode"`)
	nameAlias                = codec.Value(`"alias"`)
	nameGroupType            = codec.Value(`"$group_type"`)
	nameGroupKey             = codec.Value(`"$group_key"`)
	nameGroupSet             = codec.Value(`"$group_set"`)
	nameGroups               = codec.Value(`"$groups"`)
	nameLib                  = codec.Value(`"$lib"`)
	nameLibVersion           = codec.Value(`"$lib_version"`)
	nameIsServer             = codec.Value(`"$is_server"`)
	nameGeoIPDisable         = codec.Value(`"$geoip_disable"`)
	nameProcessPersonProfile = codec.Value(`"$process_person_profile"`)
	nameActiveFeatureFlags   = codec.Value(`"$active_feature_flags"`)
	nameExceptionLevel       = codec.Value(`"$exception_level"`)
	nameExceptionSource      = codec.Value(`"$exception_source"`)
	nameExceptionList        = codec.Value(`"$exception_list"`)
	nameUUID                 = codec.Value(`"uuid"`)
	nameTimestamp            = codec.Value(`"timestamp"`)
	nameType                 = codec.Value(`"type"`)
	nameValue                = codec.Value(`"value"`)
	nameMechanism            = codec.Value(`"mechanism"`)
	nameStacktrace           = codec.Value(`"stacktrace"`)

	eventIdentify      = codec.Value(`"$identify"`)
	eventSet           = codec.Value(`"$set"`)
	eventCreateAlias   = codec.Value(`"$create_alias"`)
	eventGroupIdentify = codec.Value(`"$groupidentify"`)
	eventException     = codec.Value(`"$exception"`)

	valueTrue  = codec.Value("true")
	valueFalse = codec.Value("false")
)
