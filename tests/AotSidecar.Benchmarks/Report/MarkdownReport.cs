using System.Globalization;
using System.Text;

namespace AotSidecar.Benchmarks.Report;

/// <summary>The one table of a run, with the goals beneath it.</summary>
internal static class MarkdownReport
{
    public static string Write(Measurements run, IReadOnlyList<string> columns, IReadOnlyList<string> notes)
    {
        var text = new StringBuilder();
        Row(text, ["median ± half the interquartile range", .. columns]);
        Row(text, [":--", .. columns.Select(_ => "--:")]);
        foreach (var figure in run.Figures)
        {
            Row(text, [figure.Name, .. columns.Select(column => Cell(run.Values(figure, column)))]);
        }

        Row(text, ["**goals: ratios of pairs taken in this run**", .. columns.Select(_ => "")]);
        foreach (var goal in Goal.All)
        {
            Row(text, [goal.Text, goal.Judge(run), .. columns.Skip(1).Select(_ => "")]);
        }

        foreach (var note in notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n- {note}");
        }

        return text.AppendLine().ToString();
    }

    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static string Cell(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return "–";
        }

        var (median, spread) = Quantile.Middle(values);
        return values.Count == 1 ? Number(median) : $"{Number(median)} ± {Number(spread)}";
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
