using System.Text;

namespace Arctic.Cli.Output;

/// <summary>Where the <c>print</c> connector's lines go: stdout, a piece at a time.</summary>
internal sealed class PrintWriter(StandardOutput output) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(string? value) => output.Write(Encoding.GetBytes(value ?? ""));

    public override void Write(char value) => Write(value.ToString());

    public override void Flush() => output.Flush();
}
