package compare

// Rows is the table of known differences. README.md says the same in words, by these numbers.
//
// The predicates are true to posthog-python 7.91.1 and posthog-node 5.70.0. A newer version that answers as libposthog
// does makes a row idle, which fails the run: then the row goes.
var Rows = []Row{
	{1, "a number is asked for and the property is none",
		nil, properties(otherAnswer, comparesNoNumber)},
	{2, "exact or is_not between a text and a whole number",
		nil, filters(theyAsk, wholeNumberAsText)},
	{3, "the text of a list, or of a number written 10.0",
		nil, properties(otherAnswer, writtenDifferently)},
	{4, "regular expressions whose syntax or text the SDK leaves to the service",
		properties(theyAsk, pythonDefersPattern), filters(theyGiveUp, nodeDefersPattern)},
	{5, `\w, \d, \s, \b and (?i) on text beyond ASCII`,
		properties(weAsk, classesBeyondASCII), nil},
	{6, "a date is asked for and the property is none",
		properties(theyAsk, noDate), properties(theyAsk, noDate)},
	{7, "a date as a number, or in digits alone",
		properties(otherAnswer, dateInDigits), properties(otherAnswer, dateInDigits)},
	{8, "a date in another than the strict form",
		properties(weAsk, looseDate), properties(weAsk, looseDate)},
	{9, "a version the SDK cannot read",
		properties(theyAsk, unreadableVersion), properties(theyAsk, unreadableVersion)},
	{10, "prerelease, build metadata, a fourth number, a capital V, a part left empty",
		properties(otherAnswer, abridgedVersion), properties(otherAnswer, abridgedVersion)},
	{11, "semver_wildcard without a wildcard",
		properties(otherAnswer, wildcardWithoutStar), properties(otherAnswer, wildcardWithoutStar)},
	{12, "semver_wildcard of x, or of * alone",
		properties(theyAsk, wildcardOtherThanStar), properties(theyAsk, wildcardOtherThanStar)},
	{13, "operators the SDK does not have",
		properties(theyAsk, unknownToSDKs), properties(theyAsk, unknownToSDKs)},
	{14, "a group without a key",
		emptyKeys, emptyKeys},
	{15, "person properties and cohorts in a condition about groups",
		filters(otherAnswer, personFilterInGroup), filters(otherAnswer, personFilterInGroup)},
	{16, "a condition about persons in a group flag",
		personConditions, personConditions},
	{17, "a group type the definitions do not name",
		unknownGroups, unknownGroups},
	{18, "groups in flags that others depend on",
		filters(otherAnswer, dependencyOnGroups), nil},
	{19, "an undecided flag further up the dependency chain",
		chains, chains},
	{20, "an unknown cohort beside what settles the cohort, or behind a dependency",
		filters(theyGiveUp, unknownCohortWithin), filters(theyGiveUp, unknownCohortWithin)},
	{21, "an unknown cohort after another unknown in the same condition",
		filters(weGiveUp, unknownCohortLater), filters(weGiveUp, unknownCohortLater)},
	{22, "a cohort with groups and filters side by side",
		nil, filters(theyGiveUp, mixedCohort)},
	{23, "early-access choices",
		calls(otherAnswer, enrollmentOfGroupFlag), calls(otherAnswer, enrollment)},
	{24, "distinct ids of more than 200 bytes",
		longIDs, longIDs},
	{25, "the payload of a flag that is off",
		calls(otherPayload, payloadOfFalse), nil},
	{26, "a payload that is no JSON",
		nil, calls(otherPayload, payloadNoJSON)},
	{27, "null for an operator the SDK does not have",
		properties(theyAsk, nullForUnknown), properties(otherAnswer, nullForUnknown)},
}

// properties, filters and calls make the claims of the table: about filters on a property that the user has, about
// filters of any kind, and about the whole call.

func properties(e effect, where func(f *filter) bool) *claim {
	return filters(e, func(_ *subject, f *filter) bool { return f.given && where(f) })
}

func filters(e effect, where func(s *subject, f *filter) bool) *claim {
	return &claim{effect: e, filters: where}
}

func calls(e effect, where func(s *subject) bool) *claim { return &claim{effect: e, calls: where} }

// The claims with a relaxed test.
var (
	emptyKeys        = &claim{effect: otherAnswer, calls: groupWithoutKey, may: mayLackGroupKey}
	personConditions = &claim{effect: otherAnswer, filters: filterOfPersonsInGroupFlag, calls: personConditionInGroupFlag,
		may: mayBePersonsInGroupFlag}
	unknownGroups = &claim{effect: otherAnswer, filters: dependencyOnUnknownGroup, calls: unknownGroupType,
		may: mayBeUnknownGroupType}
	chains  = &claim{effect: theyAsk, filters: undecidedInChain, may: mayBeUndecidedInChain}
	longIDs = &claim{effect: otherAnswer, calls: longDistinctID, may: mayBeLong}
)
