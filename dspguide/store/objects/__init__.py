"""Object storage, as far as this project needs it: five calls, and a lock made of them."""
