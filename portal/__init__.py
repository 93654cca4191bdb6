"""What people and agencies see of Kravbro over HTTP; it calls no vendor and no agency."""
