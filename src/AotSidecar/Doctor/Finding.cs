namespace AotSidecar.Doctor;

/// <param name="Mend">What to do; null when good.</param>
internal sealed record Finding(string Name, bool Good, string Detail, string? Mend = null);
