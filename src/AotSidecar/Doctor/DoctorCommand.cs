using System.Text.Json;
using AotSidecar.Process;

namespace AotSidecar.Doctor;

/// <summary><c>aotsidecar doctor</c>: checks this machine and says how to fix what is wrong.</summary>
internal static class DoctorCommand
{
    public static async Task<int> RunAsync(DoctorOptions options, TextWriter output)
    {
        var findings = new List<Finding>();
        await foreach (var finding in Checks.RunAsync(options, TimeProvider.System))
        {
            findings.Add(finding);
            if (!options.Json)
            {
                await output.WriteLineAsync($"{(finding.Good ? "good" : "bad ")}  {finding.Name,-20} {finding.Detail}");
                if (finding.Mend is not null)
                {
                    await output.WriteLineAsync($"{"",-27}-> {finding.Mend}");
                }
            }
        }

        var good = findings.TrueForAll(static finding => finding.Good);
        if (options.Json)
        {
            var report = new DoctorReport(SidecarVersion.Text, good, findings);
            await output.WriteLineAsync(JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport));
        }

        return good ? ExitCode.Ok : ExitCode.InternalError;
    }
}
