package agentapi

// Phone is how a page registers its phone with the switch.
type Phone struct {
	URI      string `json:"uri" example:"sip:7@127.0.0.1"`
	User     string `json:"user"`
	Password string `json:"password"`
	WS       string `json:"ws" example:"ws://127.0.0.1:8088/ws"`
}
