package simulation

import "time"

// clock is what the clock on the wall shows at a time, where and since the midnight of the date on which a day began. On a day
// that has 23 hours or 25 that is another thing than what has elapsed; simulated days have 24, and their half hours are the wall's.
func clock(day, at time.Time) time.Duration {
	y, m, d := day.Date()
	return onWall(at.In(day.Location())).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// onWall is the time in UTC at which the clock shows there what it shows here.
func onWall(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}
