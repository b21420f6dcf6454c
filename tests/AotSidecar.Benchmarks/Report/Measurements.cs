namespace AotSidecar.Benchmarks.Report;

/// <summary>Every value of a run. The n-th values of two columns were taken right after each other, so ratios are made of pairs.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<(Figure Figure, string Column), List<double>> _values = [];
    private readonly List<Figure> _figures = [];

    /// <summary>In the order in which they were first measured.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    public void Add(Figure figure, string column, double value)
    {
        if (!_figures.Contains(figure))
        {
            _figures.Add(figure);
        }

        if (!_values.TryGetValue((figure, column), out var values))
        {
            _values.Add((figure, column), values = []);
        }

        values.Add(value);
    }

    public IReadOnlyList<double> Values(Figure figure, string column) => _values.GetValueOrDefault((figure, column)) ?? [];

    /// <summary>The ratios of the pairs, sorted; empty when either was not measured.</summary>
    public double[] Ratios((Figure Figure, string Column) dividend, (Figure Figure, string Column) divisor)
    {
        var (above, below) = (Values(dividend.Figure, dividend.Column), Values(divisor.Figure, divisor.Column));
        return [.. above.Zip(below, (a, b) => a / b).Order()];
    }
}
