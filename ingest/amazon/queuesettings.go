package amazon

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest"
)

// queueSettings name a queue; without a url there is none.
type queueSettings struct {
	url, endpoint    string
	region           string
	keyID, secretKey string
}

// localRegion is what stand-ins for SQS on this machine go by.
const localRegion = "us-east-1"

// regionPattern finds the region in SQS's host names: those of the service, of
// its FIPS endpoints and of endpoints within a private network.
var regionPattern = regexp.MustCompile(`(?:^|\.)sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.`)

func readQueue(text, keyID, secretKey string) (queueSettings, []error) {
	if text == "" {
		return queueSettings{}, nil // keys alone do no harm
	}
	var faults []error
	set := queueSettings{url: text, keyID: keyID, secretKey: secretKey}
	switch u, err := ingest.ParseAddress(text); {
	case err != nil:
		faults = append(faults, fmt.Errorf("option queue_url: %w", err))
	case strings.Count(strings.Trim(u.Path, "/"), "/") != 1:
		faults = append(faults, errors.New("option queue_url: must end in the account and the name of the queue"))
	case strings.HasSuffix(u.Path, ".fifo"):
		faults = append(faults, errors.New("option queue_url: Amazon sends no notifications to FIFO queues"))
	default:
		set.endpoint = u.Scheme + "://" + u.Host
		if m := regionPattern.FindStringSubmatch(u.Host); m != nil {
			set.region = m[1]
		} else if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
			set.region = localRegion
		} else {
			faults = append(faults, errors.New("option queue_url: the host name tells no region"))
		}
	}
	if keyID == "" {
		faults = append(faults, errors.New("credential aws_access_key_id is missing, which queue_url needs"))
	}
	if secretKey == "" {
		faults = append(faults, errors.New("credential aws_secret_access_key is missing, which queue_url needs"))
	}
	return set, faults
}
