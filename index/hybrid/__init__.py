"""Co-listening, artists and sound in one score: training, weights, and a listener's reach."""
