package simulation

import "time"

// clock is what the clock on the wall shows at a time, as the time since the midnight of the date on which a day began, in the day's
// place. On a day of 23 or 25 hours this is not the time that has passed since then. Simulated days have 24 hours, and their half
// hours are those of the clock on the wall.
func clock(day, at time.Time) time.Duration {
	y, m, d := day.Date()
	return onWall(at.In(day.Location())).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// onWall is the time in UTC at which the clock shows there what it shows here.
func onWall(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}
