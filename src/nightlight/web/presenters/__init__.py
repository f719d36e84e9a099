"""Between domain and templates: plain values, said as people say them. A presenter reads no rows and no clock."""
