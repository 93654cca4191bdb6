"""The commands of `kravbro`, one module a group; loaded only when used."""
