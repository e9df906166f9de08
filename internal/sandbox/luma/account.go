package luma

// What the account holds, and what every generation costs, in US cents. The
// service's own prices go by model, resolution and length; here it matters that
// there is one, and that it comes back.
const (
	plenty = 50_000
	price  = 40
)

// account is what pays for generations.
type account struct {
	balance int64 // US cents
	set     bool  // by SetBalance: it is not filled up by itself
}

// charge takes the price of a generation, and reports whether there was enough.
// An account whose balance nobody has set is filled up before it is empty, as the
// service does it where its customer wants that.
func (a *account) charge() bool {
	if a.balance < price {
		if a.set {
			return false
		}
		a.balance = plenty
	}
	a.balance -= price
	return true
}

// SetBalance sets what the account holds, in US cents. Each generation that is
// accepted costs 40 of them, which come back where it fails; one that the balance
// does not reach for is refused.
func (s *Server) SetBalance(cents int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account = account{balance: cents, set: true}
}

// Balance returns what the account holds, in US cents.
func (s *Server) Balance() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleAll()
	return s.account.balance
}
