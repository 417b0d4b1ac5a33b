"""Prints the losses that torch.optim.LBFGS gives on a small gradient-matching problem: pinned in minimize_test.cpp.

Needs torch (any version from 2.0)."""
import torch
torch.manual_seed(0); torch.set_default_dtype(torch.float64)
W=[torch.linspace(-1,1,30).reshape(5,6).roll(7).contiguous(), torch.linspace(-.3,.3,5), torch.linspace(-.8,.9,15).reshape(3,5).roll(4).contiguous(), torch.linspace(-.2,.1,3)]
ps=[w.clone().requires_grad_() for w in W]
f=lambda x: torch.sigmoid(x@ps[0].T+ps[1])@ps[2].T+ps[3]
x=torch.tensor([[.1,.9,.3,.7,.5,.2]]); y=torch.tensor([1])
og=[g.detach() for g in torch.autograd.grad(torch.nn.functional.cross_entropy(f(x),y),ps)]
dx=torch.linspace(-.5,.6,6).reshape(1,6).requires_grad_(); dl=torch.tensor([[.2,-.1,.3]],requires_grad=True)
opt=torch.optim.LBFGS([dx,dl],lr=1,tolerance_change=0,tolerance_grad=0); L=[]
def clo():
    opt.zero_grad(); l=-(dl.softmax(-1)*f(dx).log_softmax(-1)).sum()
    g=torch.autograd.grad(l,ps,create_graph=True); d=sum(((a-b)**2).sum() for a,b in zip(g,og)); d.backward(); L.append(d.item()); return d
for _ in range(2): opt.step(clo)
print([float(f"{v:.8g}") for v in L])
