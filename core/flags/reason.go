package flags

// Reasons of definite answers.
const (
	// ReasonConditionMatch says that the condition at ConditionIndex matched.
	ReasonConditionMatch = "condition_match"
	// ReasonNoConditionMatch says that no condition matched.
	ReasonNoConditionMatch = "no_condition_match"
	// ReasonOutOfRollout says that no condition answered, and that the user matched the properties of the condition at
	// ConditionIndex but not its rollout percentage.
	ReasonOutOfRollout = "out_of_rollout_bound"
	// ReasonMissingGroup says that every condition is about a group of a type for which the call named none.
	ReasonMissingGroup = "missing_group"
	// ReasonDisabled says that the flag is switched off.
	ReasonDisabled = "disabled"
	// ReasonHoldout says that the user belongs to the flag's holdout.
	ReasonHoldout = "holdout"
	// ReasonFeatureEnrollment says that the user's early-access choice answered.
	ReasonFeatureEnrollment = "feature_enrollment"
)

// Reasons of undecided flags.
const (
	// ReasonUnknownFlag says that the definitions do not have the flag. The service may: it leaves some out.
	ReasonUnknownFlag = "unknown_flag"
	// ReasonOtherContext says that the flag is restricted to evaluation contexts that were not asked for.
	ReasonOtherContext = "other_context"
	// ReasonExperienceContinuity says that the flag stays constant across identification, which only the service knows.
	ReasonExperienceContinuity = "experience_continuity"
	// ReasonUnsupportedVersion says that the flag's document has a format this library does not know.
	ReasonUnsupportedVersion = "unsupported_filters_version"
	// ReasonMalformedFlag says that the flag's document does not have the expected shape.
	ReasonMalformedFlag = "malformed_flag"
	// ReasonMalformedCondition says that a condition or one of its filters does not have the expected shape.
	ReasonMalformedCondition = "malformed_condition"
	// ReasonMissingProperty says that a property which a filter needs was not passed.
	ReasonMissingProperty = "missing_property"
	// ReasonMissingDeviceID says that the flag is rolled out by device and no device id was passed.
	ReasonMissingDeviceID = "missing_device_id"
	// ReasonUnknownOperator says that a filter has an operator this library does not know in that place.
	ReasonUnknownOperator = "unknown_operator"
	// ReasonUnsupportedPropertyType says that a filter is about something other than person, group, cohort or flag.
	ReasonUnsupportedPropertyType = "unsupported_property_type"
	// ReasonInvalidFilterValue says that a filter's value does not fit its operator.
	ReasonInvalidFilterValue = "invalid_filter_value"
	// ReasonAmbiguousValue says that the service may read a property's value in a way this library cannot foresee.
	ReasonAmbiguousValue = "ambiguous_value"
	// ReasonUnsupportedPattern says that a regular expression may match differently in the service.
	ReasonUnsupportedPattern = "unsupported_pattern"
	// ReasonUnknownGroupType says that a group type index is not in the definitions.
	ReasonUnknownGroupType = "unknown_group_type"
	// ReasonUnknownDependency says that a flag which the flag depends on is not in the definitions.
	ReasonUnknownDependency = "unknown_dependency"
	// ReasonUndecidedDependency says that a flag which the flag depends on is itself undecided.
	ReasonUndecidedDependency = "undecided_dependency"
	// ReasonDependencyCycle says that flags depend on each other in a circle.
	ReasonDependencyCycle = "dependency_cycle"
	// ReasonNestedTooDeeply says that a chain of flags or cohorts is longer than this library follows.
	ReasonNestedTooDeeply = "nested_too_deeply"
	// ReasonUnknownCohort says that a cohort is not in the definitions: it is static, deleted or foreign.
	ReasonUnknownCohort = "unknown_cohort"
	// ReasonMalformedCohort says that a cohort's document does not have the expected shape.
	ReasonMalformedCohort = "malformed_cohort"
	// ReasonCohortCycle says that cohorts contain each other in a circle.
	ReasonCohortCycle = "cohort_cycle"
)

// unknownReasons translates what is not yes or no.
var unknownReasons = [truths]string{
	missingProperty:         ReasonMissingProperty,
	missingDeviceID:         ReasonMissingDeviceID,
	unknownOperator:         ReasonUnknownOperator,
	unsupportedPropertyType: ReasonUnsupportedPropertyType,
	malformedCondition:      ReasonMalformedCondition,
	invalidFilterValue:      ReasonInvalidFilterValue,
	ambiguousValue:          ReasonAmbiguousValue,
	unsupportedPattern:      ReasonUnsupportedPattern,
	unknownGroupType:        ReasonUnknownGroupType,
	unknownDependency:       ReasonUnknownDependency,
	undecidedDependency:     ReasonUndecidedDependency,
	dependencyCycle:         ReasonDependencyCycle,
	dependencyTooDeep:       ReasonNestedTooDeeply,
	experienceContinuity:    ReasonExperienceContinuity,
	unsupportedVersion:      ReasonUnsupportedVersion,
	malformedFlag:           ReasonMalformedFlag,
	unknownFlag:             ReasonUnknownFlag,
	otherContext:            ReasonOtherContext,
	unknownCohort:           ReasonUnknownCohort,
	malformedCohort:         ReasonMalformedCohort,
	cohortCycle:             ReasonCohortCycle,
	cohortTooDeep:           ReasonNestedTooDeeply,
}
