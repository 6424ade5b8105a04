package telephony
