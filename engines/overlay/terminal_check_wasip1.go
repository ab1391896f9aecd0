// Added to github.com/sirupsen/logrus, which has no answer for this system.
package logrus

func isTerminal(int) bool { return false }
