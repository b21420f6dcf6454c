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

        if (options.Json)
        {
            await output.WriteLineAsync(ToJson(findings));
        }

        return findings.TrueForAll(static finding => finding.Good) ? ExitCode.Ok : ExitCode.InternalError;
    }

    private static string ToJson(List<Finding> findings)
    {
        using var buffer = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version"u8, SidecarVersion.Text);
            json.WriteBoolean("good"u8, findings.TrueForAll(static finding => finding.Good));
            json.WriteStartArray("checks"u8);
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, finding.Name);
                json.WriteBoolean("good"u8, finding.Good);
                json.WriteString("detail"u8, finding.Detail);
                if (finding.Mend is not null)
                {
                    json.WriteString("mend"u8, finding.Mend);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
